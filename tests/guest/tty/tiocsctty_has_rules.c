/* TIOCSCTTY: leaders without a terminal only, and not somebody else's. */
#include "pty.h"

static struct pair other;

static int taken(struct pair *p)
{
	pid_t pid;
	int fd, status = -1;

	(void)p;
	CHECK_EQ(ioctl(0, TIOCSCTTY, 0), 0); /* it is ours already */
	fd = open(other.name, O_RDWR | O_NOCTTY);
	CHECK(fd >= 0);
	CHECK_ERR(ioctl(fd, TIOCSCTTY, 0), EPERM); /* we have one */
	pid = fork();
	if (pid == 0) {
		CHECK_ERR(ioctl(0, TIOCSCTTY, 0), EPERM); /* no leader */
		setsid();
		CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO);
		CHECK_ERR(ioctl(0, TIOCSCTTY, 0), EPERM); /* another session's */
		CHECK_EQ(ioctl(fd, TIOCSCTTY, 0), 0);
		CHECK_EQ(tcgetpgrp(fd), getpid());
		_exit(TEST_RESULT);
	}
	waitpid(pid, &status, 0);
	CHECK_EQ(status, 0);
	return TEST_RESULT;
}

int main(void)
{
	struct pair p;
	int fds[2];

	master_open(&p);
	pair_open(&other);
	SESSION_OK(&p, taken);
	REQUIRE(pipe(fds) == 0);
	CHECK_ERR(ioctl(fds[0], TIOCSCTTY, 0), ENOTTY);
	CHECK_ERR(ioctl(fds[0], TCGETS, BAD_LOW), ENOTTY);
	return TEST_RESULT;
}
