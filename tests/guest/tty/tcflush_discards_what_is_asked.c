/* TCFLSH of input, output, both; TCSETSF discards input; bad arguments. */
#include "pty.h"

int main(void)
{
	struct pair p;
	struct termios t;
	int n = -1;

	pair_open(&p);
	CHANGE(p.slave, c_lflag, 0, ECHO);
	CHECK_ERR(ioctl(p.slave, TCFLSH, 3), EINVAL);
	TYPE(&p, "gone\nhalf");
	CHECK(readable(p.slave, PATIENCE));
	pause_ms(300);
	CHECK_EQ(tcflush(p.slave, TCIFLUSH), 0);
	EXPECT_NOTHING(p.slave);
	TYPE(&p, "x\n");
	EXPECT_READ(p.slave, "x\n");
	TYPE(&p, "gone\n");
	CHECK(readable(p.slave, PATIENCE));
	REQUIRE(tcgetattr(p.slave, &t) == 0);
	CHECK_EQ(tcsetattr(p.slave, TCSADRAIN, &t), 0);
	CHECK(readable(p.slave, PATIENCE));
	CHECK_EQ(tcsetattr(p.slave, TCSAFLUSH, &t), 0);
	EXPECT_NOTHING(p.slave);
	CHECK_EQ(tcdrain(p.slave), 0);
	CHECK_EQ(ioctl(p.slave, TIOCOUTQ, &n), 0);
	CHECK_EQ(n, 0);
	CHECK_EQ(write(p.slave, "read", 4), 4);
	CHECK(readable(p.master, PATIENCE));
	CHECK_EQ(tcflush(p.master, TCIFLUSH), 0);
	EXPECT_NOTHING(p.master);
	return TEST_RESULT;
}
