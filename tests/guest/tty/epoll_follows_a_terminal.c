/* Level and edge on both sides. */
#include "pty.h"
#include <sys/epoll.h>

int main(void)
{
	struct pair p;
	struct epoll_event e = { .events = EPOLLIN | EPOLLET }, have;
	char buf[64];
	int ep = epoll_create1(0);

	pair_open(&p);
	CHANGE(p.slave, c_lflag, 0, ECHO);
	e.data.fd = p.slave;
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, p.slave, &e), 0);
	CHECK_EQ(epoll_wait(ep, &have, 1, 0), 0);
	TYPE(&p, "half");
	CHECK_EQ(epoll_wait(ep, &have, 1, 50), 0);
	TYPE(&p, "\n");
	CHECK_EQ(epoll_wait(ep, &have, 1, PATIENCE), 1);
	CHECK_EQ(have.data.fd, p.slave);
	CHECK_EQ(epoll_wait(ep, &have, 1, 50), 0); /* once for an edge */
	TYPE(&p, "more\n");
	CHECK_EQ(epoll_wait(ep, &have, 1, PATIENCE), 1);
	CHECK_EQ(read(p.slave, buf, sizeof(buf)), 5);
	CHECK_EQ(read(p.slave, buf, sizeof(buf)), 5);
	e.events = EPOLLIN;
	e.data.fd = p.master;
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, p.master, &e), 0);
	CHECK_EQ(epoll_wait(ep, &have, 1, 50), 0);
	CHECK_EQ(write(p.slave, "out", 3), 3);
	CHECK_EQ(epoll_wait(ep, &have, 1, PATIENCE), 1);
	CHECK_EQ(epoll_wait(ep, &have, 1, PATIENCE), 1);
	CHECK_EQ(have.data.fd, p.master);
	CHECK_EQ(read(p.master, buf, sizeof(buf)), 3);
	CHECK_EQ(epoll_wait(ep, &have, 1, 0), 0);
	close(p.slave);
	CHECK_EQ(epoll_wait(ep, &have, 1, PATIENCE), 1);
	CHECK(have.events & EPOLLHUP);
	return TEST_RESULT;
}
