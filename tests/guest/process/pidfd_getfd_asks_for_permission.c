/* pidfd_getfd: only who might trace a process gets its descriptors; which error comes first. */
#include "../test.h"
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static long pidfd_getfd(int pidfd, int fd, unsigned flags)
{
	return syscall(SYS_pidfd_getfd, pidfd, fd, flags);
}

int main(void)
{
	int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0), fd, status = 0;

	REQUIRE(pidfd >= 0);
	fd = (int)pidfd_getfd(pidfd, 2, 0);
	CHECK(fd > pidfd);
	CHECK_ERR(pidfd_getfd(pidfd, 900, 0), EBADF);
	CHECK_ERR(pidfd_getfd(pidfd, -1, 0), EBADF);
	CHECK_ERR(pidfd_getfd(pidfd, 2, 1), EINVAL);
	CHECK_ERR(pidfd_getfd(2, 2, 0), EBADF);
	if (geteuid() != 0)
		return TEST_RESULT;
	if (fork() == 0) {
		REQUIRE(setgid(65534) == 0 && setuid(65534) == 0);
		CHECK_ERR(pidfd_getfd(pidfd, 2, 0), EPERM);
		CHECK_ERR(pidfd_getfd(pidfd, 900, 0), EPERM);
		CHECK_ERR(pidfd_getfd(pidfd, 2, 1), EINVAL);
		CHECK_ERR(pidfd_getfd(-1, 2, 0), EBADF);
		_exit(TEST_RESULT);
	}
	wait(&status);
	CHECK_EQ(status, 0);
	return TEST_RESULT;
}
