/* The master may write before anybody has the slave; settings outlive a close. */
#include "pty.h"

int main(void)
{
	struct pair p;
	struct termios t;

	master_open(&p);
	TYPE(&p, "early\n");
	p.slave = open(p.name, O_RDWR | O_NOCTTY);
	REQUIRE(p.slave >= 0);
	EXPECT_READ(p.slave, "early\n");
	CHANGE(p.slave, c_lflag, 0, ECHO | ICANON);
	close(p.slave);
	p.slave = open(p.name, O_RDWR | O_NOCTTY);
	REQUIRE(p.slave >= 0);
	CHECK_EQ(tcgetattr(p.slave, &t), 0);
	CHECK_EQ(t.c_lflag & (ECHO | ICANON), 0);
	return TEST_RESULT;
}
