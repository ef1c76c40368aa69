/* A signal key throws away what was typed and its echo; not with NOFLSH. */
#include "pty.h"

int main(void)
{
	struct pair p;

	pair_open(&p);
	CHECK_EQ(write(p.slave, "kept", 4), 4);
	pause_ms(300); /* the master has it */
	TYPE(&p, "line\nhalf\003");
	EXPECT(p.master, "kept^C");
	EXPECT_NOTHING(p.slave);
	TYPE(&p, "new\n");
	EXPECT_READ(p.slave, "new\n");
	EXPECT(p.master, "new\r\n");
	CHANGE(p.slave, c_lflag, NOFLSH, 0);
	CHECK_EQ(write(p.slave, "kept ", 5), 5);
	EXPECT(p.master, "kept ");
	TYPE(&p, "a\003b\n");
	EXPECT(p.master, "a^Cb\r\n");
	EXPECT_READ(p.slave, "ab\n");
	CHANGE(p.slave, c_lflag, 0, ISIG);
	TYPE(&p, "a\003\n");
	EXPECT_READ(p.slave, "a\003\n");
	return TEST_RESULT;
}
