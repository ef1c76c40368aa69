/* read and write with bad pointers, on both sides; nothing hangs afterwards. */
#include "pty.h"
#include <sys/syscall.h>

int main(void)
{
	struct pair p;

	pair_open(&p);
	CHANGE(p.slave, c_lflag, 0, ECHO);
	TYPE(&p, "line\n");
	CHECK(readable(p.slave, PATIENCE));
	CHECK_EQ(sys3(SYS_read, p.slave, BAD_LOW, 100), -EFAULT);
	CHECK_EQ(sys3(SYS_write, p.slave, BAD_LOW, 100), -EFAULT);
	CHECK_EQ(sys3(SYS_write, p.master, BAD_HIGH, 100), -EFAULT);
	TYPE(&p, "next\n");
	EXPECT_READ(p.slave, "next\n");
	CHECK_EQ(write(p.slave, "out", 3), 3);
	CHECK(readable(p.master, PATIENCE));
	CHECK_EQ(sys3(SYS_read, p.master, BAD_LOW, 100), -EFAULT);
	CHECK_EQ(write(p.slave, "more", 4), 4);
	EXPECT(p.master, "more");
	return TEST_RESULT;
}
