/* What is in the pipe comes first, then 0, again and again. */
#include "../test.h"

int main(void)
{
	char text[8];
	int fds[2];

	REQUIRE(pipe(fds) == 0);
	CHECK_EQ(write(fds[1], "abcdef", 6), 6);
	CHECK_EQ(dup(fds[1]), 5);
	close(fds[1]);
	CHECK_EQ(read(fds[0], text, 4), 4);
	close(5);
	CHECK_EQ(read(fds[0], text, 4), 2);
	CHECK_EQ(read(fds[0], text, 4), 0);
	CHECK_EQ(read(fds[0], text, 4), 0);
	CHECK_ERR(write(fds[0], "x", 1), EBADF);
	return TEST_RESULT;
}
