/* Opening without O_NOCTTY; not with it, not by others, not when there is one already. */
#include "pty.h"

static struct pair other;

static int no_leader(struct pair *p)
{
	int fd;

	if (fork() != 0) {
		int status = 1;

		wait(&status);
		return status != 0;
	}
	CHECK_EQ(ioctl(0, TIOCNOTTY), 0); /* for itself alone */
	CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO);
	fd = open(p->name, O_RDWR);
	CHECK(fd >= 0);
	CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO);
	_exit(TEST_RESULT);
}

static int leader(struct pair *p)
{
	int tty = open("/dev/tty", O_RDWR), fd, pgrp = -1;

	CHECK(tty >= 0);
	CHECK_EQ(write(tty, "by tty", 6), 6);
	CHECK_EQ(ioctl(0, TIOCGPGRP, &pgrp), 0);
	CHECK_EQ(pgrp, getpid());
	CHECK_EQ(ioctl(0, TIOCGSID, &pgrp), 0);
	CHECK_EQ(pgrp, getpid());
	CHECK_EQ(tcgetpgrp(tty), getpid());
	fd = open(other.name, O_RDWR);
	CHECK(fd >= 0);
	CHECK_ERR(tcgetpgrp(fd), ENOTTY);
	(void)p;
	return TEST_RESULT;
}

static int without(struct pair *p)
{
	int fd;

	signal(SIGHUP, SIG_IGN);
	CHECK_EQ(ioctl(0, TIOCNOTTY), 0);
	CHECK_ERR(tcgetpgrp(0), ENOTTY);
	CHECK_ERR(ioctl(0, TIOCNOTTY), ENOTTY);
	fd = open(p->name, O_RDWR | O_NOCTTY);
	CHECK(fd >= 0);
	CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO);
	fd = open(p->name, O_WRONLY);
	CHECK(fd >= 0);
	CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO);
	fd = open(p->name, O_RDONLY);
	CHECK(fd >= 0);
	fd = open("/dev/tty", O_RDWR);
	CHECK(fd >= 0);
	return TEST_RESULT;
}

int main(void)
{
	struct pair p;

	master_open(&p);
	pair_open(&other);
	SESSION_OK(&p, leader);
	EXPECT(p.master, "by tty");
	SESSION_OK(&p, without);
	SESSION_OK(&p, no_leader);
	return TEST_RESULT;
}
