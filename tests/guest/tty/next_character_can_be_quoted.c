/* VLNEXT takes the meaning from the key that follows; its echo is ^ and a step back. */
#include "pty.h"

int main(void)
{
	struct pair p;

	pair_open(&p);
	TYPE(&p, "a\026\004b\n");
	EXPECT(p.master, "a^\b^Db\r\n");
	EXPECT_READ(p.slave, "a\004b\n");
	TYPE(&p, "\026\n\n");
	EXPECT(p.master, "^\b^J\r\n");
	EXPECT_READ(p.slave, "\n\n");
	TYPE(&p, "\026\026\n");
	EXPECT(p.master, "^\b^V\r\n");
	EXPECT_READ(p.slave, "\026\n");
	CHANGE(p.slave, c_lflag, 0, IEXTEN);
	TYPE(&p, "\026\n");
	EXPECT_READ(p.slave, "\026\n");
	return TEST_RESULT;
}
