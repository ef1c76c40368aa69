/* ECHOE, ECHOK, ECHOKE, ECHOPRT, over control characters and tabs. */
#include "pty.h"

int main(void)
{
	struct pair p;

	pair_open(&p);
	TYPE(&p, "ab\177");
	EXPECT(p.master, "ab\b \b");
	TYPE(&p, "\177\177");
	EXPECT(p.master, "\b \b");
	TYPE(&p, "\001\177");
	EXPECT(p.master, "^A\b \b\b \b");
	TYPE(&p, "xyz\025");
	EXPECT(p.master, "xyz\b \b\b \b\b \b");
	TYPE(&p, "abc\t\177");
	EXPECT(p.master, "abc\t\b\b\b\b\b");
	TYPE(&p, "\tx\t\177");
	EXPECT(p.master, "\tx\t\b\b\b\b\b\b\b");
	TYPE(&p, "\n");
	EXPECT(p.master, "\r\n");
	TYPE(&p, "one two\027");
	EXPECT(p.master, "one two\b \b\b \b\b \b");
	TYPE(&p, "\n");
	EXPECT(p.master, "\r\n");
	CHANGE(p.slave, c_lflag, 0, ECHOKE);
	TYPE(&p, "xy\025");
	EXPECT(p.master, "xy^U\r\n");
	CHANGE(p.slave, c_lflag, 0, ECHOK);
	TYPE(&p, "xy\025");
	EXPECT(p.master, "xy^U");
	CHANGE(p.slave, c_lflag, 0, ECHOE);
	TYPE(&p, "xy\177");
	EXPECT(p.master, "xy^?");
	TYPE(&p, "\n");
	EXPECT(p.master, "\r\n");
	CHANGE(p.slave, c_lflag, ECHOPRT, 0);
	TYPE(&p, "abc\177\177d\n");
	EXPECT(p.master, "abc\\cb/d\r\n");
	TYPE(&p, "ab\177\177");
	EXPECT(p.master, "ab\\ba/");
	return TEST_RESULT;
}
