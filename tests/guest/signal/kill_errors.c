/* Bad signal numbers, processes that do not exist, signal 0. */
#include "../test.h"
#include <limits.h>
#include <signal.h>
#include <sys/syscall.h>

int main(void)
{
	CHECK_ERR(kill(getpid(), -1), EINVAL);
	CHECK_ERR(kill(getpid(), 65), EINVAL);
	CHECK_EQ(kill(getpid(), 0), 0);
	CHECK_EQ(kill(0, 0), 0);
	CHECK_ERR(kill(0x3ffffff0, 0), ESRCH);
	CHECK_ERR(kill(0x3ffffff0, SIGTERM), ESRCH);
	CHECK_ERR(kill(INT_MIN, 0), ESRCH);
	CHECK_EQ(sys3(SYS_tgkill, getpid(), 0, 0), -EINVAL);
	CHECK_EQ(sys3(SYS_tgkill, 0, gettid(), 0), -EINVAL);
	CHECK_EQ(sys3(SYS_tgkill, getpid(), 0x3ffffff0, 0), -ESRCH);
	CHECK_EQ(sys3(SYS_tgkill, getpid(), gettid(), 65), -EINVAL);
	CHECK_EQ(sys2(SYS_tkill, 0, 0), -EINVAL);
	CHECK_EQ(sys2(SYS_tkill, -5, 0), -EINVAL);
	CHECK_EQ(sys2(SYS_tkill, 0x3ffffff0, 0), -ESRCH);
	return TEST_RESULT;
}
