/* VREPRINT. */
#include "pty.h"

int main(void)
{
	struct pair p;

	pair_open(&p);
	TYPE(&p, "ab\001\022c\n");
	EXPECT(p.master, "ab^A^R\r\nab^Ac\r\n");
	EXPECT_READ(p.slave, "ab\001c\n");
	return TEST_RESULT;
}
