/* epoll, level and edge: sockets become readable, writable, hung up; across processes. */
#include "socket.h"
#include <sys/epoll.h>

static int ep;

static unsigned wait_for(int ms)
{
	struct epoll_event e = { 0 };
	int n = epoll_wait(ep, &e, 1, ms);

	return n == 1 ? e.events : 0;
}

static void watch(int fd, unsigned events)
{
	struct epoll_event e = { .events = events, .data.fd = fd };

	REQUIRE(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e) == 0);
}

int main(void)
{
	const unsigned in = EPOLLIN, out = EPOLLOUT, hup = EPOLLHUP | EPOLLRDHUP;
	static char big[400000];
	struct sockaddr_un a;
	socklen_t alen;
	int p[2], s, c, status;
	ssize_t n;

	ep = epoll_create1(0);
	pair(SOCK_STREAM | SOCK_NONBLOCK, p);
	watch(p[0], in | out | EPOLLRDHUP | EPOLLET);
	CHECK_EQ(wait_for(0), out);
	CHECK_EQ(wait_for(0), 0); /* told once */
	CHECK_EQ(write(p[1], "a", 1), 1);
	CHECK_EQ(wait_for(0), in | out);
	CHECK_EQ(write(p[1], "b", 1), 1);
	CHECK_EQ(wait_for(0), in | out); /* each arrival is an edge */
	CHECK_EQ(wait_for(0), 0);
	n = write(p[0], big, sizeof(big));
	CHECK(n > 0);
	CHECK_EQ(wait_for(0), 0);
	while (n > 0)
		n -= read(p[1], big, sizeof(big));
	CHECK_EQ(wait_for(0), in | out);
	close(p[1]);
	CHECK_EQ(wait_for(0), in | out | hup);
	close(p[0]);

	pair(SOCK_STREAM, p);
	watch(p[0], in);
	CHECK_EQ(wait_for(0), 0);
	if (fork() == 0) {
		nap(30);
		CHECK_EQ(write(p[1], "x", 1), 1);
		_exit(TEST_RESULT);
	}
	CHECK_EQ(wait_for(5000), in);
	CHECK_EQ(wait_for(0), in); /* level: as long as there is something */
	wait(&status);
	CHECK_EQ(status, 0);
	CHECK_EQ(read(p[0], big, 10), 1);
	CHECK_EQ(wait_for(0), 0);
	close(p[0]);

	s = un_bound(SOCK_STREAM, 1, &a, &alen);
	watch(s, in);
	CHECK_EQ(wait_for(0), 0);
	if (fork() == 0) {
		nap(30);
		c = socket(AF_UNIX, SOCK_STREAM, 0);
		_exit(connect(c, (void *)&a, alen) != 0);
	}
	CHECK_EQ(wait_for(5000), in);
	c = accept(s, NULL, NULL);
	CHECK(c >= 0);
	wait(&status);
	CHECK_EQ(status, 0);
	CHECK_EQ(read(c, big, 10), 0);
	CHECK_EQ(wait_for(0), 0);
	return TEST_RESULT;
}
