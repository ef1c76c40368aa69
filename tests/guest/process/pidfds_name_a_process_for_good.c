/* pidfd_open, pidfd_getfd, pidfd_send_signal, waitid and poll on pidfds: errors and rights. */
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>

#include "process.h"

#ifndef PIDFD_NONBLOCK
#define PIDFD_NONBLOCK O_NONBLOCK
#endif

static int open_pidfd(pid_t pid, int flags)
{
	return (int)sys2(SYS_pidfd_open, pid, flags);
}

static void errors(void)
{
	siginfo_t info = { 0 };
	int file = open("/dev/null", O_RDONLY), self = open_pidfd(getpid(), 0);

	CHECK_EQ(open_pidfd(0, 0), -EINVAL);
	CHECK_EQ(open_pidfd(-1, 0), -EINVAL);
	CHECK_EQ(open_pidfd(getpid(), 1), -EINVAL);
	CHECK_EQ(open_pidfd(0x3fffff, 0), -ESRCH);
	REQUIRE(self >= 0);
	CHECK_EQ(fcntl(self, F_GETFD), FD_CLOEXEC);
	char c;
	CHECK_EQ(sys3(SYS_read, self, &c, 1), -EINVAL);
	CHECK_EQ(sys3(SYS_write, self, &c, 1), -EINVAL);
	CHECK_EQ(sys4(SYS_pidfd_send_signal, 999, 0, NULL, 0), -EBADF);
	CHECK_EQ(sys4(SYS_pidfd_send_signal, file, 0, NULL, 0), -EBADF);
	CHECK_EQ(sys4(SYS_pidfd_send_signal, self, 99, NULL, 0), -EINVAL);
	CHECK_EQ(sys4(SYS_pidfd_send_signal, self, 0, NULL, 0x100), -EINVAL);
	CHECK_EQ(sys4(SYS_pidfd_send_signal, self, SIGUSR1, BAD_HIGH, 0), -EFAULT);
	info.si_signo = SIGUSR2;
	CHECK_EQ(sys4(SYS_pidfd_send_signal, self, SIGUSR1, &info, 0), -EINVAL);
	CHECK_EQ(sys3(SYS_pidfd_getfd, 999, 0, 0), -EBADF);
	CHECK_EQ(sys3(SYS_pidfd_getfd, file, 0, 0), -EBADF);
	CHECK_EQ(sys3(SYS_pidfd_getfd, self, 999, 0), -EBADF);
	CHECK_EQ(sys3(SYS_pidfd_getfd, self, 0, 1), -EINVAL);
	/* Not a child. */
	CHECK_EQ(sys5(SYS_waitid, P_PIDFD, self, &info, WEXITED, NULL), -ECHILD);
	CHECK_EQ(sys5(SYS_waitid, P_PIDFD, file, &info, WEXITED, NULL), -EBADF);
	close(self);
	close(file);
}

static void nonblocking(void)
{
	pid_t pid = CHILD(pause());
	int fd = open_pidfd(pid, PIDFD_NONBLOCK);
	siginfo_t info;

	REQUIRE(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	CHECK_EQ(sys5(SYS_waitid, P_PIDFD, fd, &info, WEXITED, NULL), -EAGAIN);
	CHECK_EQ(sys5(SYS_waitid, P_PIDFD, fd, &info, WEXITED | WNOHANG, NULL), 0);
	kill(pid, SIGKILL);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	CHECK_EQ(poll(&p, 1, 5000), 1);
	CHECK_EQ(sys5(SYS_waitid, P_PIDFD, fd, &info, WEXITED, NULL), 0);
	CHECK_EQ(info.si_status, SIGKILL);
	/* Of one that is gone: readable for good; nobody to signal. */
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(sys4(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0), -ESRCH);
	CHECK_EQ(sys3(SYS_pidfd_getfd, fd, 0, 0), -ESRCH);
	CHECK_EQ(open_pidfd(pid, 0), -ESRCH);
	close(fd);
}

static void another_ones_descriptor(void)
{
	int event = eventfd(0, EFD_NONBLOCK), go[2];
	uint64_t value = 0;

	REQUIRE(pipe(go) == 0);
	pid_t pid = CHILD({
		uint64_t five = 5;
		char c;

		int own = eventfd(0, 0);
		dup2(own, 77);
		REQUIRE(write(own, &five, 8) == 8);
		REQUIRE(write(go[1], "g", 1) == 1);
		for (;;)
			pause();
		(void)c;
	});
	char c;
	REQUIRE(read(go[0], &c, 1) == 1);
	int pidfd = open_pidfd(pid, 0), fd = (int)sys3(SYS_pidfd_getfd, pidfd, 77, 0);

	REQUIRE(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(read(fd, &value, 8), 8);
	CHECK_EQ(value, 5);
	kill(pid, SIGKILL);
	status_of(pid);
	/* The description outlives who made it. */
	value = 2;
	CHECK_EQ(write(fd, &value, 8), 8);
	close(fd);
	close(pidfd);
	close(event);
}

int main(void)
{
	errors();
	nonblocking();
	another_ones_descriptor();
	return TEST_RESULT;
}
