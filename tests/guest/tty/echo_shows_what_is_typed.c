/* ECHO, ECHOCTL, ECHONL, and the way of a newline through OPOST. */
#include "pty.h"

int main(void)
{
	struct pair p;

	pair_open(&p);
	TYPE(&p, "hi\001\t\n");
	EXPECT(p.master, "hi^A\t\r\n");
	TYPE(&p, "\004");
	EXPECT_NOTHING(p.master); /* the end of file is not shown */
	CHANGE(p.slave, c_lflag, 0, ECHOCTL);
	TYPE(&p, "\001\n");
	EXPECT(p.master, "\001\r\n");
	CHANGE(p.slave, c_oflag, 0, OPOST);
	TYPE(&p, "x\n");
	EXPECT(p.master, "x\n");
	CHANGE(p.slave, c_lflag, ECHONL, ECHO);
	TYPE(&p, "secret\n");
	EXPECT(p.master, "\n");
	CHANGE(p.slave, c_lflag, 0, ECHONL);
	TYPE(&p, "secret\n");
	EXPECT_NOTHING(p.master);
	return TEST_RESULT;
}
