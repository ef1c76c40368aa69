/* wait4 and waitid: bad options, bad pointers, nobody to wait for. */
#include <limits.h>
#include <sys/resource.h>

#include "process.h"

int main(void)
{
	siginfo_t info;
	int status;

	CHECK_ERR(waitpid(-1, NULL, 0), ECHILD);
	CHECK_ERR(waitpid(-1, NULL, WNOHANG), ECHILD);
	CHECK_ERR(waitpid(getpid(), NULL, 0), ECHILD);
	CHECK_ERR(waitpid(1, NULL, 0), ECHILD);
	CHECK_ERR(waitpid(INT_MAX, NULL, 0), ECHILD);
	CHECK_EQ(sys4(SYS_wait4, INT_MIN, NULL, 0, NULL), -ESRCH);
	CHECK_EQ(sys4(SYS_wait4, -1, NULL, 0x100, NULL), -EINVAL);
	CHECK_EQ(sys4(SYS_wait4, -1, NULL, WEXITED, NULL), -EINVAL);
	CHECK_EQ(sys4(SYS_wait4, -1, NULL, WNOWAIT, NULL), -EINVAL);
	CHECK_EQ(sys5(SYS_waitid, P_ALL, 0, &info, 0, NULL), -EINVAL);
	CHECK_EQ(sys5(SYS_waitid, P_ALL, 0, &info, WNOHANG, NULL), -EINVAL);
	CHECK_EQ(sys5(SYS_waitid, P_ALL, 0, &info, WEXITED | 0x100, NULL), -EINVAL);
	CHECK_EQ(sys5(SYS_waitid, P_ALL, 0, &info, WEXITED, NULL), -ECHILD);
	CHECK_EQ(sys5(SYS_waitid, 99, 0, &info, WEXITED, NULL), -EINVAL);
	CHECK_EQ(sys5(SYS_waitid, P_PID, 0, &info, WEXITED, NULL), -EINVAL);
	CHECK_EQ(sys5(SYS_waitid, P_PID, -3, &info, WEXITED, NULL), -EINVAL);
	CHECK_EQ(sys5(SYS_waitid, P_PGID, -3, &info, WEXITED, NULL), -EINVAL);
	CHECK_EQ(sys5(SYS_waitid, P_PGID, 0, &info, WEXITED, NULL), -ECHILD);
	CHECK_EQ(sys5(SYS_waitid, P_PIDFD, -1, &info, WEXITED, NULL), -EINVAL);
	CHECK_EQ(sys5(SYS_waitid, P_PIDFD, 999, &info, WEXITED, NULL), -EBADF);
	CHECK_EQ(sys5(SYS_waitid, P_PIDFD, 0, &info, WEXITED, NULL), -EBADF);

	/* A bad pointer is found when the child is already gone. */
	pid_t pid = CHILD(_exit(3));

	CHECK_EQ(sys4(SYS_wait4, pid, BAD_HIGH, 0, NULL), -EFAULT);
	CHECK_EQ(sys4(SYS_wait4, pid, &status, 0, NULL), -ECHILD);
	pid = CHILD(_exit(3));
	CHECK_EQ(sys4(SYS_wait4, pid, &status, 0, BAD_LOW), -EFAULT);
	CHECK_EQ(sys4(SYS_wait4, pid, &status, 0, NULL), -ECHILD);
	pid = CHILD(_exit(3));
	CHECK_EQ(sys5(SYS_waitid, P_PID, pid, BAD_HIGH, WEXITED, NULL), -EFAULT);
	CHECK_EQ(sys4(SYS_wait4, pid, &status, 0, NULL), -ECHILD);
	/* Nothing is written, so nothing can fault. */
	pid = CHILD(pause());
	CHECK_EQ(sys4(SYS_wait4, pid, BAD_HIGH, WNOHANG, BAD_HIGH), 0);
	memset(&info, 0x55, sizeof(info));
	CHECK_EQ(sys5(SYS_waitid, P_PID, pid, &info, WEXITED | WNOHANG, NULL), 0);
	CHECK_EQ(info.si_signo, 0);
	CHECK_EQ(info.si_pid, 0);
	CHECK_EQ(sys5(SYS_waitid, P_PID, pid, NULL, WEXITED | WNOHANG, NULL), 0);
	kill(pid, SIGKILL);
	CHECK_EQ(sys5(SYS_waitid, P_PID, pid, NULL, WEXITED, NULL), 0);
	CHECK_ERR(waitpid(pid, NULL, 0), ECHILD);
	return TEST_RESULT;
}
