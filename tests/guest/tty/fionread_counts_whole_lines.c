/* FIONREAD: complete lines in canonical mode, bytes otherwise. */
#include "pty.h"

static int count(int fd)
{
	int n = -1;

	CHECK_EQ(ioctl(fd, FIONREAD, &n), 0);
	return n;
}

/* What was typed arrives when the host finds the time. */
static void wait_for_count(int fd, int want)
{
	for (int i = 0; i < PATIENCE / 10 && count(fd) < want; i++)
		pause_ms(10);
	CHECK_EQ(count(fd), want);
}

int main(void)
{
	struct pair p;

	pair_open(&p);
	CHANGE(p.slave, c_lflag, 0, ECHO);
	CHECK_EQ(count(p.slave), 0);
	TYPE(&p, "abc\nde");
	wait_for_count(p.slave, 4);
	TYPE(&p, "\004");
	wait_for_count(p.slave, 6);
	EXPECT_READ(p.slave, "abc\n");
	CHECK_EQ(count(p.slave), 2);
	EXPECT_READ(p.slave, "de");
	make_raw(p.slave);
	TYPE(&p, "xyz");
	wait_for_count(p.slave, 3);
	CHECK_EQ(write(p.slave, "12345", 5), 5);
	wait_for_count(p.master, 5);
	CHECK_ERR(ioctl(p.slave, FIONREAD, BAD_LOW), EFAULT);
	return TEST_RESULT;
}
