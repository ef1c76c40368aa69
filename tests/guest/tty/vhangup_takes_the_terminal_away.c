/* vhangup(2) and TIOCVHANGUP, for the privileged: open files are dead, new ones work. */
#include "pty.h"

static int leader(struct pair *p)
{
	char c;
	int fd;

	signal(SIGHUP, SIG_IGN);
	CHANGE(0, c_lflag, 0, ECHO);
	CHECK_EQ(vhangup(), 0);
	CHECK_EQ(read(0, &c, 1), 0);
	CHECK_ERR(write(0, "x", 1), EIO);
	CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO);
	fd = open(p->name, O_RDWR);
	CHECK(fd >= 0);
	CHECK_EQ(tcgetpgrp(fd), getpid());
	CHECK_EQ(write(fd, "new", 3), 3);
	return TEST_RESULT;
}

int main(void)
{
	struct pair p;
	struct termios t;
	char c;

	if (geteuid() != 0)
		skip("needs root");
	master_open(&p);
	SESSION_OK(&p, leader);
	EXPECT(p.master, "new");
	p.slave = open(p.name, O_RDWR | O_NOCTTY);
	CHECK_EQ(tcgetattr(p.slave, &t), 0);
	CHECK(t.c_lflag & ECHO); /* settings are a new terminal's again */
	CHECK_EQ(ioctl(p.slave, TIOCVHANGUP), 0);
	CHECK_EQ(read(p.slave, &c, 1), 0);
	CHECK_ERR(tcgetattr(p.slave, &t), EIO);
	EXPECT_NOTHING(p.master); /* not closed, only dead */
	close(p.slave);
	CHECK_ERR(read(p.master, &c, 1), EIO);
	return TEST_RESULT;
}
