/* FIONREAD: complete lines in canonical mode, bytes otherwise. */
#include "pty.h"

static int count(int fd)
{
	int n = -1;

	CHECK_EQ(ioctl(fd, FIONREAD, &n), 0);
	return n;
}

int main(void)
{
	struct pair p;

	pair_open(&p);
	CHANGE(p.slave, c_lflag, 0, ECHO);
	CHECK_EQ(count(p.slave), 0);
	TYPE(&p, "abc\nde");
	CHECK(readable(p.slave, PATIENCE));
	pause_ms(50);
	CHECK_EQ(count(p.slave), 4);
	TYPE(&p, "\004");
	pause_ms(50);
	CHECK_EQ(count(p.slave), 6);
	EXPECT_READ(p.slave, "abc\n");
	CHECK_EQ(count(p.slave), 2);
	EXPECT_READ(p.slave, "de");
	make_raw(p.slave);
	TYPE(&p, "xyz");
	CHECK(readable(p.slave, PATIENCE));
	CHECK_EQ(count(p.slave), 3);
	CHECK_EQ(write(p.slave, "12345", 5), 5);
	CHECK(readable(p.master, PATIENCE));
	CHECK_EQ(count(p.master), 5);
	CHECK_ERR(ioctl(p.slave, FIONREAD, BAD_LOW), EFAULT);
	return TEST_RESULT;
}
