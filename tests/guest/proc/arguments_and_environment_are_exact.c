/* Odd arguments arrive byte for byte; the environment has no surprises. */
//args: "" " " "a b" '--' '-x' '$HOME' "$(printf '\001\377\t')" "$(printf 'line\nline')" last
//build: static dynamic musl
//env: ODD=a=b=c
#include "../test.h"

int main(int argc, char **argv)
{
	static const char *const want[] = { "", " ", "a b", "--", "-x", "$HOME", "\001\377\t",
					    "line\nline", "last" };

	CHECK_EQ(argc, 10);
	for (int i = 1; i < argc && i < 10; i++)
		if (strcmp(argv[i], want[i - 1]) != 0)
			test_fail("argument %d is %s", i, argv[i]);
	CHECK(argv[argc] == NULL);
	CHECK(getenv("ODD") && strcmp(getenv("ODD"), "a=b=c") == 0);
	CHECK(getenv("LC_ALL") && strcmp(getenv("LC_ALL"), "C") == 0);
	CHECK(getenv("NACRE_NOT_SET") == NULL);
	return TEST_RESULT;
}
