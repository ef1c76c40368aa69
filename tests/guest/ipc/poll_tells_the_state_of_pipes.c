/* poll and ppoll: readable, writable, hang-up, error, invalid; time-outs and errors. */
#include "../test.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <time.h>

static short state(int fd, short events)
{
	struct pollfd p = { fd, events, 99 };

	CHECK(poll(&p, 1, 0) == (p.revents != 0));
	return p.revents;
}

int main(void)
{
	static char fill[65536];
	struct pollfd p[2];
	struct timespec t = { 0, 10000000 }, bad = { 0, -1 };
	int fds[2], file = open("/tmp/f", O_RDWR | O_CREAT, 0600);

	REQUIRE(pipe(fds) == 0 && file >= 0);
	CHECK_EQ(state(fds[0], POLLIN), 0);
	CHECK_EQ(state(fds[1], POLLOUT), POLLOUT);
	CHECK_EQ(state(fds[1], POLLIN), 0);
	CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_EQ(state(fds[0], POLLIN | POLLOUT), POLLIN);
	CHECK_EQ(write(fds[1], fill, 65535), 65535);
	CHECK_EQ(state(fds[1], POLLOUT), 0);
	CHECK_EQ(state(999, POLLIN), POLLNVAL);
	CHECK_EQ(state(-1, POLLIN), 0);
	CHECK_EQ(state(file, POLLIN | POLLOUT), POLLIN | POLLOUT);
	CHECK_EQ(close(fds[1]), 0);
	CHECK_EQ(state(fds[0], POLLIN), POLLIN | POLLHUP);
	CHECK_EQ(read(fds[0], fill, 65536), 65536);
	CHECK_EQ(state(fds[0], POLLIN), POLLHUP);
	CHECK_EQ(close(fds[0]), 0);
	REQUIRE(pipe(fds) == 0 && close(fds[0]) == 0);
	CHECK_EQ(state(fds[1], POLLOUT), POLLOUT | POLLERR);
	REQUIRE(pipe(fds) == 0);
	p[0] = (struct pollfd){ fds[0], POLLIN, 0 };
	p[1] = (struct pollfd){ file, POLLIN, 0 };
	CHECK_EQ(poll(p, 2, -1), 1);
	CHECK_EQ(p[1].revents, POLLIN);
	CHECK_EQ(poll(p, 1, 20), 0);
	CHECK_EQ(ppoll(p, 1, &t, NULL), 0);
	CHECK_ERR(ppoll(p, 1, &bad, NULL), EINVAL);
	CHECK_EQ(sys3(SYS_poll, BAD_HIGH, 1, 0), -EFAULT);
	CHECK_EQ(sys3(SYS_poll, NULL, 0, 0), 0);
	CHECK_EQ(sys3(SYS_poll, p, 100000, 0), -EINVAL);
	return TEST_RESULT;
}
