/* VERASE, VKILL, VWERASE on the line being typed, not on lines before it. */
#include "pty.h"

int main(void)
{
	struct pair p;

	pair_open(&p);
	CHANGE(p.slave, c_lflag, 0, ECHO);
	TYPE(&p, "abd\177c\n");
	EXPECT_READ(p.slave, "abc\n");
	TYPE(&p, "\177\177x\n");
	EXPECT_READ(p.slave, "x\n");
	TYPE(&p, "all wrong\025right\n");
	EXPECT_READ(p.slave, "right\n");
	TYPE(&p, "one two  \027three\n");
	EXPECT_READ(p.slave, "one three\n");
	TYPE(&p, "a-b_c\027!\n");
	EXPECT_READ(p.slave, "a-!\n");
	TYPE(&p, "kept\n\177\177\177\025new\n");
	EXPECT_READ(p.slave, "kept\n");
	EXPECT_READ(p.slave, "new\n");
	/* UTF-8: a whole character goes at once, if IUTF8 says so. */
	CHANGE(p.slave, c_iflag, IUTF8, 0);
	TYPE(&p, "a\303\244\177b\n");
	EXPECT_READ(p.slave, "ab\n");
	CHANGE(p.slave, c_iflag, 0, IUTF8);
	TYPE(&p, "a\303\244\177b\n");
	EXPECT_READ(p.slave, "a\303b\n");
	CHANGE(p.slave, c_lflag, 0, IEXTEN);
	TYPE(&p, "no word\027\n");
	EXPECT_READ(p.slave, "no word\027\n");
	return TEST_RESULT;
}
