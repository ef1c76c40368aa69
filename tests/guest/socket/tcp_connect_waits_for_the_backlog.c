/* A listener that does not accept: connections beyond the backlog wait, and come in later. */
#include "inet.h"

int main(void)
{
	struct sockaddr_in a;
	int s = bound4(SOCK_STREAM, 0, &a), c[3], d;
	struct timeval tv = { 0, 100000 };
	char b;

	for (int i = 0; i < 3; i++)
		c[i] = socket(AF_INET, SOCK_STREAM | (i == 1 ? SOCK_NONBLOCK : 0), 0);
	CHECK_EQ(connect(c[0], ADDR(a)), 0);
	CHECK_ERR(connect(c[1], ADDR(a)), EINPROGRESS);
	CHECK_EQ(ready(c[1], POLLIN | POLLOUT), 0);
	CHECK_ERR(connect(c[1], ADDR(a)), EALREADY);
	CHECK_ERR(send(c[1], "x", 1, 0), EAGAIN);
	CHECK_ERR(recv(c[1], &b, 1, 0), EAGAIN);
	CHECK_EQ(setsockopt(c[2], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), 0);
	CHECK_ERR(connect(c[2], ADDR(a)), EINPROGRESS); /* its time is over */
	close(c[2]);
	d = accept(s, NULL, NULL);
	CHECK(d >= 0);
	struct pollfd p = { c[1], POLLOUT, 0 };
	CHECK_EQ(poll(&p, 1, 10000), 1);
	CHECK_EQ(p.revents, POLLOUT);
	CHECK_EQ(connect(c[1], ADDR(a)), 0);
	CHECK_EQ(send(c[1], "x", 1, 0), 1);
	d = accept(s, NULL, NULL);
	CHECK_EQ(read(d, &b, 1), 1);
	return TEST_RESULT;
}
