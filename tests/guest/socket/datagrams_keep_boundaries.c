/* Datagrams and records: boundaries, truncation, empty ones, size limit, addresses. */
#include "socket.h"

static void boundaries(int type)
{
	char buf[16], *big;
	int p[2], value;
	socklen_t len = sizeof(value);
	struct iovec iov = { buf, 2 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	pair(type, p);
	CHECK_EQ(write(p[0], "one", 3), 3);
	CHECK_EQ(write(p[0], "", 0), 0);
	CHECK_EQ(write(p[0], "three", 5), 5);
	CHECK_EQ(recv(p[1], buf, 16, MSG_PEEK), 3);
	CHECK_EQ(read(p[1], buf, 16), 3);
	CHECK_EQ(read(p[1], buf, 16), 0); /* an empty one, not the end */
	CHECK_EQ(recv(p[1], buf, 2, MSG_PEEK | MSG_TRUNC), 5);
	CHECK_EQ(recvmsg(p[1], &m, 0), 2);
	CHECK_EQ(m.msg_flags, MSG_TRUNC);
	CHECK_ERR(recv(p[1], buf, 16, MSG_DONTWAIT), EAGAIN); /* the rest is lost */
	CHECK_EQ(write(p[0], "four", 4), 4);
	CHECK_EQ(recv(p[1], buf, 2, MSG_TRUNC), 4);
	CHECK_ERR(send(p[0], "x", 1, MSG_OOB), EOPNOTSUPP);
	CHECK_ERR(recv(p[1], buf, 1, MSG_OOB), EOPNOTSUPP);

	REQUIRE(getsockopt(p[0], SOL_SOCKET, SO_SNDBUF, &value, &len) == 0);
	big = calloc(1, (size_t)value);
	CHECK_ERR(write(p[0], big, (size_t)value), EMSGSIZE);
	for (int i = 0; i < value - 32; i++)
		big[i] = (char)(i * 7 + i / 1000);
	CHECK_EQ(write(p[0], big, (size_t)value - 32), value - 32);
	char *back = calloc(1, (size_t)value);
	CHECK_EQ(recv(p[1], back, (size_t)value, MSG_PEEK), value - 32);
	CHECK(memcmp(big, back, (size_t)value) == 0);
	memset(back, 0, (size_t)value);
	CHECK_EQ(read(p[1], back, (size_t)value), value - 32);
	CHECK(memcmp(big, back, (size_t)value) == 0);
	free(big);
	free(back);
	close(p[0]);
	close(p[1]);
}

static void addresses(void)
{
	struct sockaddr_un a, b, from;
	socklen_t alen, blen, len = sizeof(from);
	int s = un_bound(SOCK_DGRAM, -1, &a, &alen), t = un_bound(SOCK_DGRAM, -1, &b, &blen);
	int u = socket(AF_UNIX, SOCK_DGRAM, 0);
	char buf[16];

	CHECK_ERR(send(u, "x", 1, 0), ENOTCONN);
	CHECK_EQ(sendto(t, "hi", 2, 0, (void *)&a, alen), 2);
	CHECK_EQ(recvfrom(s, buf, 16, 0, (void *)&from, &len), 2);
	CHECK(len == blen && memcmp(&from, &b, len) == 0);
	CHECK_EQ(sendto(u, "hi", 2, 0, (void *)&a, alen), 2);
	len = sizeof(from);
	CHECK_EQ(recvfrom(s, buf, 16, 0, (void *)&from, &len), 2);
	CHECK_EQ(len, 0); /* the sender has no name */
	CHECK_EQ(sendto(t, "hi", 2, 0, (void *)&a, alen), 2);
	len = 4;
	CHECK_EQ(recvfrom(s, buf, 16, 0, (void *)&from, &len), 2);
	CHECK_EQ(len, blen); /* cut, but the whole length is told */

	/* A connected one takes from its peer only. */
	CHECK_EQ(connect(s, (void *)&b, blen), 0);
	CHECK_ERR(sendto(u, "x", 1, 0, (void *)&a, alen), EPERM);
	CHECK_ERR(connect(u, (void *)&a, alen), EPERM);
	CHECK_EQ(sendto(t, "x", 1, 0, (void *)&a, alen), 1);
	CHECK_EQ(read(s, buf, 16), 1);
	CHECK_EQ(sendto(s, "other", 5, 0, (void *)&b, blen), 5);
	CHECK_EQ(read(t, buf, 16), 5);
	len = sizeof(from);
	CHECK_EQ(getpeername(s, (void *)&from, &len), 0);
	CHECK_EQ(len, blen);

	/* Dissolved by AF_UNSPEC: what was queued is lost, a mutual peer is told. */
	CHECK_EQ(connect(t, (void *)&a, alen), 0);
	CHECK_EQ(write(t, "lost", 4), 4);
	struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	CHECK_EQ(connect(s, &nobody, sizeof(nobody)), 0);
	CHECK_ERR(recv(s, buf, 16, MSG_DONTWAIT), EAGAIN);
	CHECK_ERR(recv(t, buf, 16, MSG_DONTWAIT), ECONNRESET);
	CHECK_ERR(recv(t, buf, 16, MSG_DONTWAIT), EAGAIN);
	CHECK_ERR(getpeername(s, (void *)&from, &len), ENOTCONN);
	CHECK_ERR(connect(s, (void *)&b, 1), EINVAL);

	/* The peer is gone: refused once, then there is none. */
	close(s);
	CHECK_ERR(write(t, "x", 1), ECONNREFUSED);
	CHECK_ERR(write(t, "x", 1), ENOTCONN);
	CHECK_ERR(sendto(t, "x", 1, 0, (void *)&a, alen), ECONNREFUSED);
	a.sun_family = AF_INET;
	CHECK_ERR(sendto(t, "x", 1, 0, (void *)&a, alen), EINVAL);
	CHECK_ERR(sendto(t, "x", 1, 0, (void *)&b, 2), EINVAL);
}

int main(void)
{
	boundaries(SOCK_DGRAM);
	boundaries(SOCK_SEQPACKET);
	addresses();
	return TEST_RESULT;
}
