/* Flow control: non-blocking writers get EAGAIN, blocking ones wait, poll tells when. */
#include "socket.h"
#include <pthread.h>

static int fds[2];

static void *drain_later(void *total)
{
	static char buf[65536];
	long left = (long)total;

	nap(30);
	while (left > 0) {
		ssize_t n = read(fds[1], buf, sizeof(buf));

		if (n <= 0)
			break;
		left -= n;
	}
	return NULL;
}

int main(void)
{
	static char chunk[300000];
	struct timeval tv = { 0, 50000 };
	struct sockaddr_un a;
	socklen_t alen;
	pthread_t thread;
	long total = 0;
	ssize_t n;
	int s, t, value = 20000, count;

	pair(SOCK_STREAM, fds);
	CHECK_EQ(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &value, sizeof(value)), 0);
	while ((n = send(fds[0], chunk, 1000, MSG_DONTWAIT)) > 0)
		total += n;
	CHECK_EQ(errno, EAGAIN);
	CHECK(total >= 10000 && total <= 60000);
	CHECK_EQ(ready(fds[0], POLLOUT), 0);
	CHECK_EQ(ready(fds[1], POLLOUT), POLLOUT);
	CHECK_EQ(setsockopt(fds[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), 0);
	CHECK_ERR(send(fds[0], chunk, 1000, 0), EAGAIN);
	CHECK_EQ(recv(fds[1], chunk, (size_t)total, MSG_WAITALL), total);
	CHECK_EQ(ready(fds[0], POLLOUT), POLLOUT);
	n = send(fds[0], chunk, sizeof(chunk), MSG_DONTWAIT);
	CHECK(n > 0 && n < (ssize_t)sizeof(chunk)); /* what fits */
	CHECK_EQ(send(fds[0], chunk, sizeof(chunk), MSG_DONTWAIT), -1);
	tv.tv_usec = 0;
	CHECK_EQ(setsockopt(fds[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), 0);
	pthread_create(&thread, NULL, drain_later, (void *)(n + (long)sizeof(chunk)));
	CHECK_EQ(write(fds[0], chunk, sizeof(chunk)), sizeof(chunk)); /* all of it */
	pthread_join(thread, NULL);

	/* A datagram receiver takes so many from strangers. */
	s = un_bound(SOCK_DGRAM, -1, &a, &alen);
	t = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	REQUIRE(connect(t, (void *)&a, alen) == 0);
	for (count = 0; count < 1000 && write(t, "x", 1) == 1; count++)
		;
	CHECK_EQ(errno, EAGAIN);
	CHECK(count > 1 && count < 1000);
	CHECK_EQ(ready(t, POLLOUT), 0);
	CHECK_EQ(read(s, chunk, 10), 1);
	CHECK_EQ(ready(t, POLLOUT), POLLOUT);
	CHECK_EQ(write(t, "x", 1), 1);
	CHECK_EQ(ready(t, POLLOUT), 0);
	return TEST_RESULT;
}
