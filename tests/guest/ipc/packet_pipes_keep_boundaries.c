/* pipe2(O_DIRECT): each write is a packet, a short read drops its rest, PIPE_BUF splits. */
#include <fcntl.h>

#include "../test.h"

int main(void)
{
	static char big[10000], buf[10000];
	int fds[2];

	REQUIRE(pipe2(fds, O_DIRECT | O_NONBLOCK) == 0);
	CHECK_EQ(fcntl(fds[1], F_GETFL) & O_DIRECT, O_DIRECT);
	CHECK_EQ(write(fds[1], "one", 3), 3);
	CHECK_EQ(write(fds[1], "twotwo", 6), 6);
	CHECK_EQ(write(fds[1], "", 0), 0); /* no packet */
	CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_EQ(read(fds[0], buf, 100), 3);
	CHECK_EQ(read(fds[0], buf, 4), 4);
	CHECK(memcmp(buf, "twot", 4) == 0);
	CHECK_EQ(read(fds[0], buf, 100), 1); /* the rest of two is gone */
	CHECK_EQ(buf[0], 'x');
	CHECK_ERR(read(fds[0], buf, 100), EAGAIN);
	CHECK_EQ(write(fds[1], big, 10000), 10000);
	CHECK_EQ(read(fds[0], buf, 10000), 4096);
	CHECK_EQ(read(fds[0], buf, 10000), 4096);
	CHECK_EQ(read(fds[0], buf, 10000), 1808);
	/* A full pipe holds as many packets as pages. */
	int n = 0;
	while (write(fds[1], "p", 1) == 1)
		n++;
	CHECK_EQ(n, 16);
	/* Switched off, writes join what is there. */
	while (read(fds[0], buf, 100) > 0)
		;
	CHECK_EQ(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
	CHECK_EQ(write(fds[1], "ab", 2), 2);
	CHECK_EQ(write(fds[1], "cd", 2), 2);
	CHECK_EQ(read(fds[0], buf, 100), 4);
	CHECK_ERR(pipe2(fds, 0x80000000), EINVAL);
	CHECK_ERR(pipe2(fds, O_APPEND), EINVAL);
	return TEST_RESULT;
}
