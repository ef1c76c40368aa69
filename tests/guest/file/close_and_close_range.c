/* close twice, close_range with flags and bounds. */
#include "../test.h"
#include <fcntl.h>
#include <sys/syscall.h>

int main(void)
{
	for (int i = 3; i < 13; i++)
		REQUIRE(open("/dev/null", O_RDONLY) == i);
	CHECK_EQ(close(5), 0);
	CHECK_ERR(close(5), EBADF);
	CHECK_EQ(sys3(SYS_close_range, 4, 7, 0), 0);
	for (int i = 3; i < 13; i++)
		CHECK_EQ(fcntl(i, F_GETFD), i >= 4 && i <= 7 ? -1 : 0);
	CHECK_EQ(sys3(SYS_close_range, 8, ~0U, 4), 0); /* CLOSE_RANGE_CLOEXEC */
	for (int i = 8; i < 13; i++)
		CHECK_EQ(fcntl(i, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(sys3(SYS_close_range, 9, 8, 0), -EINVAL);
	CHECK_EQ(sys3(SYS_close_range, 3, 8, 0x100), -EINVAL);
	CHECK_EQ(sys3(SYS_close_range, 3, ~0U, 0), 0);
	CHECK_EQ(open("/dev/null", O_RDONLY), 3);
	return TEST_RESULT;
}
