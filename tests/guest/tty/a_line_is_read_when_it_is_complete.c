/* Canonical mode: nothing before the end of line, one line a read, rest kept. */
#include "pty.h"

int main(void)
{
	struct pair p;
	char buf[16];

	pair_open(&p);
	CHANGE(p.slave, c_lflag, 0, ECHO);
	TYPE(&p, "hel");
	EXPECT_NOTHING(p.slave);
	TYPE(&p, "lo\rsecond\n");
	EXPECT_READ(p.slave, "hello\n");
	CHECK(readable(p.slave, PATIENCE));
	CHECK_EQ(read(p.slave, buf, 3), 3);
	CHECK(memcmp(buf, "sec", 3) == 0);
	EXPECT_READ(p.slave, "ond\n");
	EXPECT_NOTHING(p.slave);
	return TEST_RESULT;
}
