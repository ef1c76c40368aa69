/* VEOF: alone it is end of file, behind bytes it delivers them. */
#include "pty.h"

int main(void)
{
	struct pair p;
	char buf[16];

	pair_open(&p);
	CHANGE(p.slave, c_lflag, 0, ECHO);
	TYPE(&p, "\004");
	EXPECT_READ(p.slave, "");
	TYPE(&p, "abc\004def\n");
	EXPECT_READ(p.slave, "abc");
	EXPECT_READ(p.slave, "def\n");
	/* A buffer that ends where the line does swallows the key. */
	TYPE(&p, "xyz\004");
	CHECK(readable(p.slave, PATIENCE));
	CHECK_EQ(read(p.slave, buf, 3), 3);
	EXPECT_NOTHING(p.slave);
	TYPE(&p, "uvw\004\004");
	CHECK(readable(p.slave, PATIENCE));
	pause_ms(300);
	CHECK_EQ(read(p.slave, buf, 3), 3);
	EXPECT_READ(p.slave, "");
	return TEST_RESULT;
}
