/* Queues in poll and epoll, after dup and fork; what read tells; the O_NONBLOCK of one file. */
#include "mqueue.h"
#include <poll.h>
#include <sys/epoll.h>

static mqd_t q;

static int ready(void)
{
	struct pollfd p = { q, POLLIN | POLLOUT, 0 };

	CHECK(poll(&p, 1, 0) >= 0);
	return p.revents;
}

static void sends(void)
{
	pause_ms(50);
	CHECK_EQ(mq_send(q, "12345", 5, 0), 0);
}

int main(void)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = 7 };
	int ep = epoll_create1(0), copy;
	char buf[200] = "";
	pid_t pid;

	q = new_queue(2, 16, 0);
	CHECK_EQ(ready(), POLLOUT);
	CHECK_EQ(mq_send(q, "x", 1, 0), 0);
	CHECK_EQ(ready(), POLLIN | POLLOUT);
	CHECK_EQ(mq_send(q, "y", 1, 0), 0);
	CHECK_EQ(ready(), POLLIN);
	copy = dup(q);
	CHECK_EQ(mq_receive(copy, buf, 16, NULL), 1);
	CHECK_EQ(mq_receive(copy, buf, 16, NULL), 1);
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, q, &event), 0);
	CHECK_EQ(epoll_wait(ep, &event, 1, 0), 0);
	pid = child(sends);
	CHECK_EQ(epoll_wait(ep, &event, 1, 10000), 1);
	CHECK_EQ(event.data.u32, 7);
	child_ok(pid);
	CHECK_EQ(read(q, buf, sizeof(buf) - 1), 60);
	CHECK(strcmp(buf, "QSIZE:5          NOTIFY:0     SIGNO:0     NOTIFY_PID:0     \n") == 0);
	CHECK_EQ(read(q, buf, sizeof(buf)), 0);
	CHECK_EQ(fcntl(copy, F_SETFL, O_NONBLOCK), 0);
	CHECK_EQ(mq_receive(q, buf, 16, NULL), 5);
	CHECK_ERR(mq_receive(q, buf, 16, NULL), EAGAIN);
	return TEST_RESULT;
}
