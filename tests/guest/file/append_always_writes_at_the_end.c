/* O_APPEND: writes go to the end wherever the offset is; pwrite too, as on Linux. */
#include "../test.h"
#include <fcntl.h>

int main(void)
{
	int a = open("/tmp/f", O_RDWR | O_CREAT | O_APPEND, 0600);
	int b = open("/tmp/f", O_WRONLY | O_APPEND), c = open("/tmp/f", O_RDWR);
	char text[32] = "";

	REQUIRE(a >= 0 && b >= 0 && c >= 0);
	CHECK_EQ(write(a, "aaa", 3), 3);
	CHECK_EQ(write(b, "bbb", 3), 3);
	CHECK_EQ(lseek(a, 0, SEEK_SET), 0);
	CHECK_EQ(write(a, "AAA", 3), 3);
	CHECK_EQ(lseek(a, 0, SEEK_CUR), 9);
	CHECK_EQ(pwrite(b, "ppp", 3, 0), 3);
	CHECK_EQ(write(c, "C", 1), 1);
	CHECK_EQ(pread(c, text, sizeof(text), 0), 12);
	CHECK(memcmp(text, "CaabbbAAAppp", 12) == 0);
	CHECK_EQ(fcntl(c, F_SETFL, O_APPEND), 0);
	CHECK_EQ(write(c, "end", 3), 3);
	CHECK_EQ(pread(c, text, sizeof(text), 12), 3);
	return TEST_RESULT;
}
