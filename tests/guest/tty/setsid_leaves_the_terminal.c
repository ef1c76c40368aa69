/* A new session has none; its parent keeps it. */
#include "pty.h"

static int leader(struct pair *p)
{
	int status = -1;

	(void)p;
	CHECK_ERR(setsid(), EPERM);
	if (fork() == 0) {
		int fd = open("/dev/tty", O_RDWR);

		CHECK(fd >= 0);
		CHECK_EQ(tcgetsid(0), getppid());
		CHECK_EQ(setsid(), getpid());
		CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO);
		CHECK_ERR(tcgetpgrp(0), ENOTTY);
		CHECK_EQ(write(fd, "x", 1), 1); /* what is open stays open */
		_exit(TEST_RESULT);
	}
	wait(&status);
	CHECK_EQ(status, 0);
	CHECK_EQ(tcgetpgrp(0), getpid());
	return TEST_RESULT;
}

int main(void)
{
	struct pair p;

	master_open(&p);
	SESSION_OK(&p, leader);
	return TEST_RESULT;
}
