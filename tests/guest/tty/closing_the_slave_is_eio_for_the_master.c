/* After the last close of the slave: what was written is read, then EIO, until reopened. */
#include "pty.h"

int main(void)
{
	struct pair p;
	struct pollfd f;
	char buf[16];
	int second;

	master_open(&p);
	f = (struct pollfd){ p.master, POLLIN | POLLOUT, 0 };
	CHECK_EQ(poll(&f, 1, 0), 1);
	CHECK_EQ(f.revents, POLLOUT); /* not opened yet is not closed */
	p.slave = open(p.name, O_RDWR | O_NOCTTY);
	second = open(p.name, O_RDWR | O_NOCTTY);
	REQUIRE(p.slave >= 0 && second >= 0);
	CHECK_EQ(write(p.slave, "bye", 3), 3);
	close(second);
	CHECK_EQ(poll(&f, 1, PATIENCE), 1);
	CHECK(!(f.revents & POLLHUP));
	close(p.slave);
	CHECK_EQ(poll(&f, 1, PATIENCE), 1);
	CHECK_EQ(f.revents & (POLLIN | POLLHUP), POLLIN | POLLHUP);
	EXPECT_READ(p.master, "bye");
	CHECK_ERR(read(p.master, buf, sizeof(buf)), EIO);
	CHECK_EQ(poll(&f, 1, 0), 1);
	CHECK(f.revents & POLLHUP && !(f.revents & POLLIN));
	p.slave = open(p.name, O_RDWR | O_NOCTTY);
	REQUIRE(p.slave >= 0);
	CHECK_EQ(poll(&f, 1, 0), 1);
	CHECK_EQ(f.revents, POLLOUT);
	TYPE(&p, "again\n");
	EXPECT_READ(p.slave, "again\n");
	return TEST_RESULT;
}
