/* Thousands of arguments and one of 100 KiB. */
//args: $(seq 1 3000) "$(head -c 100000 /dev/zero | tr '\0' x)"
#include "../test.h"

int main(int argc, char **argv)
{
	char text[16];

	CHECK_EQ(argc, 3002);
	for (int i = 1; i <= 3000; i++) {
		snprintf(text, sizeof(text), "%d", i);
		if (strcmp(text, argv[i]) != 0)
			test_fail("argument %d is %s", i, argv[i]);
	}
	CHECK_EQ(strlen(argv[3001]), 100000);
	CHECK_EQ(strspn(argv[3001], "x"), 100000);
	return TEST_RESULT;
}
