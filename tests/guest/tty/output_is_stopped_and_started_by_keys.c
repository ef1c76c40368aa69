/* IXON with VSTOP and VSTART, IXANY; echoes wait with the output. */
#include "pty.h"

int main(void)
{
	struct pair p;
	struct pollfd f;

	pair_open(&p);
	f = (struct pollfd){ p.slave, POLLOUT, 0 };
	TYPE(&p, "\023");
	pause_ms(300);
	CHECK_EQ(poll(&f, 1, 0), 0);
	fcntl(p.slave, F_SETFL, O_RDWR | O_NONBLOCK);
	CHECK_ERR(write(p.slave, "x", 1), EAGAIN);
	TYPE(&p, "ab");
	EXPECT_NOTHING(p.master);
	TYPE(&p, "\021");
	EXPECT(p.master, "ab");
	CHECK_EQ(poll(&f, 1, PATIENCE), 1);
	CHECK_EQ(write(p.slave, "x", 1), 1);
	EXPECT(p.master, "x");
	CHANGE(p.slave, c_iflag, IXANY, 0);
	TYPE(&p, "\023");
	pause_ms(300);
	CHECK_EQ(poll(&f, 1, 0), 0);
	TYPE(&p, "c\n");
	EXPECT(p.master, "c\r\n");
	EXPECT_READ(p.slave, "abc\n");
	/* Switching IXON off starts it, too. */
	TYPE(&p, "\023");
	pause_ms(300);
	CHECK_EQ(poll(&f, 1, 0), 0);
	CHANGE(p.slave, c_iflag, 0, IXON);
	CHECK_EQ(poll(&f, 1, PATIENCE), 1);
	TYPE(&p, "\023\n");
	EXPECT_READ(p.slave, "\023\n");
	return TEST_RESULT;
}
