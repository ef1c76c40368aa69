/* Without VTIME poll and select say readable only when a read would not wait. */
#include "pty.h"

int main(void)
{
	struct pair p;
	char buf[8];

	pair_open(&p);
	make_raw(p.slave);
	set_key(p.slave, VMIN, 3);
	TYPE(&p, "ab");
	EXPECT_NOTHING(p.slave);
	TYPE(&p, "c");
	CHECK(readable(p.slave, PATIENCE));
	CHECK_EQ(read(p.slave, buf, sizeof(buf)), 3);
	set_key(p.slave, VTIME, 1);
	TYPE(&p, "a");
	CHECK(readable(p.slave, PATIENCE));
	CHECK_EQ(read(p.slave, buf, sizeof(buf)), 1);
	return TEST_RESULT;
}
