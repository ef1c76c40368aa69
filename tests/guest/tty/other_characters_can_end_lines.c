/* VEOL and VEOL2 end a line and stay in it; a disabled one does not. */
#include "pty.h"

int main(void)
{
	struct pair p;

	pair_open(&p);
	set_key(p.slave, VEOL, '!');
	set_key(p.slave, VEOL2, '?');
	TYPE(&p, "wow!so?yes\n");
	EXPECT_READ(p.slave, "wow!");
	EXPECT_READ(p.slave, "so?");
	EXPECT_READ(p.slave, "yes\n");
	EXPECT(p.master, "wow!so?yes\r\n");
	set_key(p.slave, VEOL, _POSIX_VDISABLE);
	CHANGE(p.slave, c_lflag, 0, IEXTEN);
	CHECK_EQ(write(p.master, "a\0b?c\n", 6), 6);
	EXPECT_READ(p.slave, "a\0b?c\n");
	set_key(p.slave, VERASE, _POSIX_VDISABLE);
	TYPE(&p, "a\177\n");
	EXPECT_READ(p.slave, "a\177\n");
	return TEST_RESULT;
}
