/* shutdown of each half, and what the other end, poll and later calls see of it. */
#include "socket.h"
#include <signal.h>

int main(void)
{
	const int all = POLLIN | POLLOUT | POLLRDHUP;
	char buf[16];
	int p[2], s;

	signal(SIGPIPE, SIG_IGN);
	pair(SOCK_STREAM, p);
	CHECK_EQ(ready(p[0], all), POLLOUT);
	CHECK_EQ(write(p[0], "abc", 3), 3);
	CHECK_EQ(shutdown(p[0], SHUT_WR), 0);
	CHECK_ERR(write(p[0], "x", 1), EPIPE);
	CHECK_EQ(ready(p[0], all), POLLOUT);
	CHECK_EQ(ready(p[1], all), POLLIN | POLLOUT | POLLRDHUP);
	CHECK_EQ(read(p[1], buf, 16), 3);
	CHECK_EQ(read(p[1], buf, 16), 0);
	CHECK_EQ(write(p[1], "back", 4), 4); /* the other way is open */
	CHECK_EQ(read(p[0], buf, 16), 4);
	CHECK_EQ(shutdown(p[1], SHUT_WR), 0);
	CHECK_EQ(ready(p[0], all), POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
	CHECK_EQ(ready(p[1], all), POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
	CHECK_EQ(shutdown(p[1], SHUT_WR), 0); /* again */
	close(p[0]);
	close(p[1]);

	pair(SOCK_STREAM, p);
	CHECK_EQ(write(p[1], "kept", 4), 4);
	CHECK_EQ(shutdown(p[0], SHUT_RD), 0);
	CHECK_EQ(read(p[0], buf, 16), 4); /* what had arrived */
	CHECK_EQ(read(p[0], buf, 16), 0);
	CHECK_ERR(write(p[1], "x", 1), EPIPE);
	CHECK_EQ(write(p[0], "x", 1), 1);
	CHECK_EQ(read(p[1], buf, 16), 1);
	close(p[0]);
	close(p[1]);

	pair(SOCK_SEQPACKET, p);
	CHECK_EQ(shutdown(p[0], SHUT_RDWR), 0);
	CHECK_EQ(read(p[1], buf, 16), 0);
	CHECK_ERR(write(p[1], "x", 1), EPIPE);
	CHECK_EQ(ready(p[1], all), POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
	close(p[0]);
	close(p[1]);

	pair(SOCK_DGRAM, p);
	CHECK_EQ(shutdown(p[0], SHUT_RD), 0);
	CHECK_EQ(read(p[0], buf, 16), 0);
	CHECK_ERR(write(p[1], "x", 1), EPIPE);
	CHECK_EQ(write(p[0], "x", 1), 1);
	CHECK_EQ(shutdown(p[0], SHUT_WR), 0);
	CHECK_ERR(write(p[0], "x", 1), EPIPE);
	CHECK_EQ(read(p[1], buf, 16), 1);

	s = socket(AF_UNIX, SOCK_STREAM, 0); /* not connected: no error on Linux */
	CHECK_EQ(ready(s, all), POLLOUT | POLLHUP);
	CHECK_EQ(shutdown(s, SHUT_RDWR), 0);
	return TEST_RESULT;
}
