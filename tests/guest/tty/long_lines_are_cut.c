/* A canonical line has room for 4095 bytes and its end; the rest is lost. */
#include "pty.h"

int main(void)
{
	static char text[6000], have[8192];
	struct pair p;
	long n;

	pair_open(&p);
	CHANGE(p.slave, c_lflag, 0, ECHO);
	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 6000; i += 500)
		CHECK_EQ(write(p.master, text + i, 500), 500);
	EXPECT_NOTHING(p.slave);
	TYPE(&p, "\n");
	CHECK(readable(p.slave, PATIENCE));
	n = read(p.slave, have, sizeof(have));
	CHECK_EQ(n, 4096);
	CHECK(have[4095] == '\n' && have[4094] == 'x');
	TYPE(&p, "next\n");
	EXPECT_READ(p.slave, "next\n");
	return TEST_RESULT;
}
