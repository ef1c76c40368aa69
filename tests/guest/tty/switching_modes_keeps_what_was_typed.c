/* Half a line becomes readable in raw mode; raw bytes become a line in canonical mode. */
#include "pty.h"

int main(void)
{
	struct pair p;

	pair_open(&p);
	CHANGE(p.slave, c_lflag, 0, ECHO);
	TYPE(&p, "half");
	EXPECT_NOTHING(p.slave);
	CHANGE(p.slave, c_lflag, 0, ICANON);
	EXPECT_READ(p.slave, "half");
	TYPE(&p, "raw");
	pause_ms(300);
	CHANGE(p.slave, c_lflag, ICANON, 0);
	EXPECT_READ(p.slave, "raw");
	TYPE(&p, "one\ntwo\n");
	pause_ms(300);
	CHANGE(p.slave, c_lflag, 0, ICANON);
	EXPECT_READ(p.slave, "one\ntwo\n");
	TYPE(&p, "a\004b\n");
	pause_ms(300);
	CHANGE(p.slave, c_lflag, ICANON, 0);
	EXPECT_READ(p.slave, "a\004b\n");
	return TEST_RESULT;
}
