/* listen and accept: who may, how many wait, what non-blocking and closed listeners say. */
#include "socket.h"
#include <pthread.h>

static struct sockaddr_un addr;
static socklen_t addr_len;

static int client(int flags)
{
	int c = socket(AF_UNIX, SOCK_STREAM | flags, 0);

	REQUIRE(c >= 0);
	return c;
}

static int join(int c)
{
	return connect(c, (void *)&addr, addr_len);
}

static void *join_blocking(void *unused)
{
	int c = client(0);

	(void)unused;
	return (void *)(long)(join(c) == 0 ? 0 : errno);
}

int main(void)
{
	int s, c, d, e, fds[2], value, second;
	struct timeval tv = { 0, 50000 };
	socklen_t len = sizeof(value);
	pthread_t thread;
	void *result;
	struct stat st;

	d = socket(AF_UNIX, SOCK_DGRAM, 0);
	CHECK_ERR(listen(d, 1), EOPNOTSUPP);
	CHECK_ERR(accept(d, NULL, NULL), EOPNOTSUPP);
	pair(SOCK_STREAM, fds);
	CHECK_ERR(accept(fds[0], NULL, NULL), EINVAL);
	CHECK_ERR(listen(fds[0], 1), EINVAL);
	c = client(0);
	CHECK_ERR(accept(c, NULL, NULL), EINVAL);
	close(c);

	s = un_bound(SOCK_STREAM, 1, &addr, &addr_len);
	CHECK_EQ(getsockopt(s, SOL_SOCKET, SO_ACCEPTCONN, &value, &len), 0);
	CHECK_EQ(value, 1);
	CHECK_EQ(fcntl(s, F_SETFL, O_NONBLOCK), 0);
	CHECK_EQ(ready(s, POLLIN | POLLOUT), 0);
	CHECK_ERR(accept(s, NULL, NULL), EAGAIN);
	CHECK_ERR(accept(s, BAD_LOW, BAD_LOW), EAGAIN);

	/* One more than the backlog waits, the next does not get in. */
	c = client(SOCK_NONBLOCK);
	d = client(SOCK_NONBLOCK);
	e = client(SOCK_NONBLOCK);
	CHECK_EQ(join(c), 0);
	CHECK_EQ(ready(s, POLLIN | POLLOUT), POLLIN);
	CHECK_EQ(join(d), 0);
	CHECK_ERR(join(e), EAGAIN);
	CHECK_EQ(setsockopt(e, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), 0);
	CHECK_EQ(fcntl(e, F_SETFL, 0), 0);
	CHECK_ERR(join(e), EAGAIN);
	CHECK_EQ(send(c, "early", 5, 0), 5); /* before it is accepted */
	CHECK_EQ(pthread_create(&thread, NULL, join_blocking, NULL), 0);
	nap(20);
	value = accept4(s, NULL, NULL, SOCK_CLOEXEC);
	CHECK(value >= 0);
	CHECK_EQ(fcntl(value, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(value, F_GETFL), O_RDWR); /* not inherited from the listener */
	CHECK_EQ(fstat(value, &st), 0);
	CHECK_EQ(st.st_mode & S_IFMT, S_IFSOCK);
	pthread_join(thread, &result);
	CHECK_EQ((long)result, 0);
	CHECK_EQ(read(value, &st, 5), 5);
	second = accept4(s, NULL, NULL, SOCK_NONBLOCK);
	CHECK(second > value);
	CHECK_EQ(fcntl(second, F_GETFL), O_RDWR | O_NONBLOCK);

	/* A bad address loses the connection: the other end hears of it. */
	close(accept(s, NULL, NULL));
	len = sizeof(addr);
	CHECK_EQ(fcntl(e, F_SETFL, O_NONBLOCK), 0);
	CHECK_EQ(join(e), 0);
	CHECK_ERR(accept(s, BAD_LOW, &len), EFAULT);
	CHECK_EQ(read(e, &st, 1), 0);

	/* The listener goes with a connection waiting. */
	close(c);
	c = client(0);
	CHECK_EQ(join(c), 0);
	CHECK_EQ(fcntl(s, F_SETFL, 0), 0);
	CHECK_EQ(shutdown(s, SHUT_RD), 0);
	CHECK_ERR(join(client(0)), ECONNREFUSED);
	close(s);
	CHECK_ERR(read(c, &st, 1), ECONNRESET);
	CHECK_EQ(read(c, &st, 1), 0);
	CHECK_ERR(join(client(0)), ECONNREFUSED);

	/* accept with a time limit; a listener that was shut down. */
	s = un_bound(SOCK_SEQPACKET, 0, &addr, &addr_len);
	CHECK_EQ(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
	CHECK_ERR(accept(s, NULL, NULL), EAGAIN);
	CHECK_EQ(shutdown(s, SHUT_RDWR), 0);
	CHECK_ERR(accept(s, NULL, NULL), EINVAL);
	return TEST_RESULT;
}
