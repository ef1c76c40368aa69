/* TIOCPKT: a byte before the data; statuses of flush, stop, start and flow control. */
#include "pty.h"

static int status(int master)
{
	struct pollfd f = { master, POLLPRI, 0 };
	unsigned char buf[16];

	if (poll(&f, 1, PATIENCE) != 1)
		return -1;
	return read(master, buf, sizeof(buf)) == 1 ? buf[0] : -2;
}

int main(void)
{
	struct pair p;
	int on = 1;

	pair_open(&p);
	CHANGE(p.slave, c_lflag, 0, ECHO);
	CHECK_ERR(ioctl(p.slave, TIOCPKT, &on), ENOTTY);
	CHECK_EQ(ioctl(p.master, TIOCPKT, &on), 0);
	on = 0;
	CHECK_EQ(ioctl(p.master, TIOCGPKT, &on), 0);
	CHECK_EQ(on, 1);
	CHECK_EQ(write(p.slave, "data", 4), 4);
	EXPECT_READ(p.master, "\0data");
	CHECK_EQ(tcflow(p.slave, TCOOFF), 0);
	CHECK_EQ(status(p.master), TIOCPKT_STOP);
	CHECK_EQ(tcflow(p.slave, TCOON), 0);
	CHECK_EQ(status(p.master), TIOCPKT_START);
	CHECK_EQ(tcflush(p.slave, TCIFLUSH), 0);
	CHECK_EQ(status(p.master), TIOCPKT_FLUSHREAD);
	CHECK_EQ(tcflush(p.slave, TCOFLUSH), 0);
	CHECK_EQ(status(p.master), TIOCPKT_FLUSHWRITE);
	CHANGE(p.slave, c_iflag, 0, IXON);
	CHECK_EQ(status(p.master), TIOCPKT_NOSTOP);
	CHANGE(p.slave, c_iflag, IXON, 0);
	CHECK_EQ(status(p.master), TIOCPKT_DOSTOP);
	CHANGE(p.slave, c_lflag, EXTPROC, 0);
	CHECK_EQ(status(p.master), TIOCPKT_IOCTL);
	TYPE(&p, "a\003\177");
	CHECK(readable(p.slave, PATIENCE)); /* EXTPROC: the master edits */
	on = 0;
	CHECK_EQ(ioctl(p.master, TIOCPKT, &on), 0);
	CHECK_EQ(write(p.slave, "plain", 5), 5);
	EXPECT_READ(p.master, "plain");
	return TEST_RESULT;
}
