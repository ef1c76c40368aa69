/* TIOCSIG: the three keyboard signals, no others. */
#include "pty.h"

static int leader(struct pair *p)
{
	(void)p;
	dprintf(0, "r");
	pause_ms(60000);
	return 1;
}

int main(void)
{
	struct pair p;
	pid_t pid;

	pair_open(&p);
	pid = session_start(&p, leader);
	EXPECT(p.master, "r");
	CHECK_ERR(ioctl(p.master, TIOCSIG, SIGTERM), EINVAL);
	CHECK_ERR(ioctl(p.slave, TIOCSIG, SIGINT), ENOTTY);
	CHECK_EQ(ioctl(p.master, TIOCSIG, SIGINT), 0);
	CHECK_EQ(child_end(pid), SIGINT);
	return TEST_RESULT;
}
