/* What is left of a slave whose master is gone. */
#include "pty.h"

int main(void)
{
	struct pair p;
	struct pollfd f;
	struct termios t;
	char buf[8];
	int pgrp = 1;

	pair_open(&p);
	TYPE(&p, "typed\n");
	CHECK(readable(p.slave, PATIENCE));
	close(p.master);
	CHECK_EQ(read(p.slave, buf, sizeof(buf)), 0);
	CHECK_ERR(write(p.slave, "x", 1), EIO);
	f = (struct pollfd){ p.slave, POLLIN | POLLOUT, 0 };
	CHECK_EQ(poll(&f, 1, 0), 1);
	CHECK_EQ(f.revents, POLLIN | POLLOUT | POLLERR | POLLHUP);
	CHECK_ERR(tcgetattr(p.slave, &t), EIO);
	CHECK_ERR(ioctl(p.slave, TIOCSPGRP, &pgrp), ENOTTY);
	CHECK_ERR(ioctl(p.slave, TIOCSCTTY, 0), EIO);
	CHECK(!isatty(p.slave));
	CHECK_ERR(open(p.name, O_RDWR | O_NOCTTY), ENOENT);
	return TEST_RESULT;
}
