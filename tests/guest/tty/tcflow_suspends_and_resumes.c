/* TCXONC: stopped by TCOOFF, keys do not start it; TCIOFF and TCION send the keys. */
#include "pty.h"

int main(void)
{
	struct pair p;
	struct pollfd f;

	pair_open(&p);
	f = (struct pollfd){ p.slave, POLLOUT, 0 };
	CHECK_ERR(ioctl(p.slave, TCXONC, 4), EINVAL);
	CHECK_EQ(tcflow(p.slave, TCOOFF), 0);
	CHECK_EQ(poll(&f, 1, 0), 0);
	TYPE(&p, "\021");
	pause_ms(300);
	CHECK_EQ(poll(&f, 1, 0), 0);
	CHECK_EQ(tcflow(p.slave, TCOON), 0);
	CHECK_EQ(poll(&f, 1, PATIENCE), 1);
	CHECK_EQ(tcflow(p.slave, TCIOFF), 0);
	EXPECT(p.master, "\023");
	CHECK_EQ(tcflow(p.slave, TCION), 0);
	EXPECT(p.master, "\021");
	return TEST_RESULT;
}
