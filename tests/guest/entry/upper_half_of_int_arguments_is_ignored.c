/* An int argument such as an fd or flags comes from the lower half of its register. */
#include "../test.h"
#include <fcntl.h>
#include <sys/syscall.h>

int main(void)
{
	int fds[2];
	char c = 0;

	REQUIRE(pipe(fds) == 0);
	CHECK_EQ(sys3(SYS_write, 0xdeadbeef00000000 | (unsigned)fds[1], "x", 1), 1);
	CHECK_EQ(sys3(SYS_read, 0x1200000000 | (unsigned)fds[0], &c, 1), 1);
	CHECK_EQ(c, 'x');
	CHECK_EQ(sys2(SYS_fcntl, 0x100000000 | (unsigned)fds[0], 0x500000000 | F_GETFD), 0);
	CHECK_EQ(sys1(SYS_close, 0x700000000 | (unsigned)fds[0]), 0);
	CHECK_EQ(sys1(SYS_close, fds[0]), -EBADF);
	CHECK_EQ(sys1(SYS_close, 0xffffffffL), -EBADF);
	CHECK_EQ(sys4(SYS_openat, 0x1ffffff9cL, "/dev/null", 0x300000000 | O_RDONLY, 0),
		 fds[0]);
	return TEST_RESULT;
}
