/* TCP on loopback: connecting, refusing, names, both directions, closing, resetting. */
#include "inet.h"

static void errors(void)
{
	struct sockaddr_in a = in4(INADDR_LOOPBACK, 0), gone;
	int s = socket(AF_INET, SOCK_STREAM, 0), c;
	char buf[8];

	CHECK_ERR(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP), EPROTONOSUPPORT);
	CHECK_ERR(socket(AF_INET, SOCK_SEQPACKET, 0), ESOCKTNOSUPPORT);
	CHECK_ERR(socket(AF_INET, SOCK_STREAM, 300), EINVAL);
	CHECK_ERR(socket(AF_INET, 0, 0), ESOCKTNOSUPPORT);
	CHECK_ERR(socketpair(AF_INET, SOCK_STREAM, 0, (int *)buf), EOPNOTSUPP);
	CHECK_EQ(ready(s, POLLIN | POLLOUT), POLLOUT | POLLHUP);
	CHECK_ERR(recv(s, buf, 1, 0), ENOTCONN);
	CHECK_ERR(send(s, buf, 1, MSG_NOSIGNAL), EPIPE);
	CHECK_ERR(accept(s, NULL, NULL), EINVAL);
	CHECK_ERR(connect(s, (void *)&a, 3), EINVAL);
	CHECK_ERR(connect(s, (void *)&a, 1), EINVAL);
	CHECK_ERR(connect(s, ADDR(a)), ECONNREFUSED); /* port 0 */
	a.sin_family = AF_INET6;
	CHECK_ERR(connect(s, ADDR(a)), EAFNOSUPPORT);
	close(bound4(SOCK_STREAM, 0, &gone));
	CHECK_ERR(connect(s, ADDR(gone)), ECONNREFUSED);
	CHECK_ERR(recv(s, buf, 1, 0), ENOTCONN);
	CHECK_EQ(ready(s, POLLIN | POLLOUT), POLLOUT | POLLHUP);

	c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	CHECK_ERR(connect(c, ADDR(gone)), EINPROGRESS);
	CHECK_EQ(soon(c, POLLOUT), POLLOUT | POLLERR | POLLHUP);
	CHECK_EQ(int_option(c, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
	CHECK_EQ(int_option(c, SOL_SOCKET, SO_ERROR), 0);
	CHECK_ERR(connect(c, ADDR(gone)), ECONNABORTED);
	CHECK_ERR(connect(c, ADDR(gone)), EINPROGRESS);
	CHECK_EQ(soon(c, POLLOUT), POLLOUT | POLLERR | POLLHUP);
	CHECK_ERR(connect(c, ADDR(gone)), ECONNREFUSED);
}

static void names(void)
{
	struct sockaddr_in a, n, peer;
	socklen_t len = sizeof(peer);
	int s = bound4(SOCK_STREAM, 2, &a), c, d;

	CHECK_ERR(connect(s, ADDR(a)), EISCONN);
	c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	CHECK_EQ(name4(c, false).sin_port, 0);
	CHECK_ERR(connect(c, ADDR(a)), EINPROGRESS);
	CHECK_EQ(soon(c, POLLOUT), POLLOUT);
	CHECK_EQ(connect(c, ADDR(a)), 0);
	CHECK_ERR(connect(c, ADDR(a)), EISCONN);
	CHECK_ERR(listen(c, 1), EINVAL);
	n = name4(c, false);
	CHECK(n.sin_port != 0 && n.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
	peer = name4(c, true);
	CHECK(peer.sin_port == a.sin_port && peer.sin_addr.s_addr == a.sin_addr.s_addr);
	d = accept4(s, (void *)&peer, &len, SOCK_CLOEXEC);
	CHECK(d >= 0);
	CHECK(len == sizeof(peer) && peer.sin_family == AF_INET && peer.sin_port == n.sin_port);
	CHECK_EQ(name4(d, false).sin_port, a.sin_port);
	CHECK_EQ(name4(d, true).sin_port, n.sin_port);
	CHECK_EQ(int_option(d, SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
	CHECK_EQ(int_option(s, SOL_SOCKET, SO_ACCEPTCONN), 1);
}

static void closing(void)
{
	const int all = POLLIN | POLLOUT | POLLRDHUP;
	struct linger now = { 1, 0 };
	char buf[16];
	int p[2];

	tcp_pair(p);
	CHECK_EQ(write(p[0], "abc", 3), 3);
	CHECK_EQ(write(p[0], "def", 3), 3);
	CHECK_EQ(recv(p[1], buf, 6, MSG_WAITALL | MSG_PEEK), 6);
	CHECK_EQ(recv(p[1], buf, 4, MSG_TRUNC), 4); /* thrown away */
	CHECK_EQ(recv(p[1], buf, 16, 0), 2);
	CHECK(memcmp(buf, "ef", 2) == 0);
	CHECK_ERR(recv(p[1], buf, 1, MSG_DONTWAIT), EAGAIN);
	CHECK_EQ(shutdown(p[0], SHUT_WR), 0);
	CHECK_EQ(soon(p[1], POLLIN | POLLRDHUP), POLLIN | POLLRDHUP);
	CHECK_EQ(ready(p[0], all), POLLOUT);
	CHECK_EQ(recv(p[1], buf, 16, 0), 0);
	CHECK_ERR(send(p[0], "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_EQ(send(p[1], "back", 4, 0), 4);
	CHECK_EQ(recv(p[0], buf, 16, 0), 4);
	close(p[1]);
	CHECK_EQ(recv(p[0], buf, 16, 0), 0);
	CHECK_EQ(soon(p[0], POLLHUP), POLLHUP);
	CHECK_EQ(name4(p[0], true).sin_port, 0);
	CHECK_ERR(shutdown(p[0], SHUT_RDWR), ENOTCONN);
	close(p[0]);

	/* What is sent to a closed end is taken, and then it is known. */
	tcp_pair(p);
	close(p[1]);
	CHECK_EQ(soon(p[0], POLLRDHUP), POLLRDHUP);
	CHECK_EQ(send(p[0], "x", 1, 0), 1);
	CHECK_EQ(soon(p[0], POLLHUP), POLLHUP | POLLERR);
	CHECK_ERR(send(p[0], "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_EQ(recv(p[0], buf, 1, 0), 0);
	close(p[0]);

	/* Closed with data unread: a reset, behind what had arrived. */
	tcp_pair(p);
	CHECK_EQ(send(p[0], "unread", 6, 0), 6);
	CHECK_EQ(send(p[1], "data", 4, 0), 4);
	CHECK_EQ(soon(p[1], POLLIN), POLLIN);
	close(p[1]);
	CHECK_EQ(soon(p[0], POLLHUP) & POLLHUP, POLLHUP);
	CHECK_EQ(recv(p[0], buf, 2, 0), 2);
	CHECK_EQ(recv(p[0], buf, 16, 0), 2);
	CHECK_ERR(recv(p[0], buf, 16, 0), ECONNRESET);
	CHECK_EQ(recv(p[0], buf, 16, 0), 0);
	CHECK_ERR(send(p[0], "x", 1, MSG_NOSIGNAL), EPIPE);
	close(p[0]);

	/* SO_LINGER with no time, and connect to nowhere, reset as well. */
	tcp_pair(p);
	CHECK_EQ(setsockopt(p[1], SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	close(p[1]);
	CHECK_EQ(soon(p[0], POLLHUP) & POLLHUP, POLLHUP);
	CHECK_ERR(recv(p[0], buf, 16, 0), ECONNRESET);
	close(p[0]);
	tcp_pair(p);
	CHECK_EQ(connect(p[0], &(struct sockaddr){ AF_UNSPEC, "" }, sizeof(struct sockaddr)), 0);
	CHECK_EQ(soon(p[1], POLLHUP) & POLLHUP, POLLHUP);
	CHECK_ERR(recv(p[1], buf, 16, 0), ECONNRESET);
	CHECK_ERR(send(p[0], "x", 1, MSG_NOSIGNAL), ECONNRESET);
	CHECK_ERR(send(p[0], "x", 1, MSG_NOSIGNAL), EPIPE);
	close(p[0]);
	close(p[1]);

	/* SHUT_RD alone: what comes is read all the same. */
	tcp_pair(p);
	CHECK_EQ(shutdown(p[1], SHUT_RD), 0);
	CHECK_EQ(recv(p[1], buf, 16, 0), 0);
	CHECK_EQ(send(p[0], "late", 4, 0), 4);
	nap(10);
	CHECK_EQ(recv(p[1], buf, 16, 0), 4);
	CHECK_EQ(recv(p[1], buf, 16, 0), 0);
}

static void listeners(void)
{
	struct sockaddr_in a;
	int s = bound4(SOCK_STREAM, 2, &a), c = socket(AF_INET, SOCK_STREAM, 0);
	char b;

	CHECK_ERR(recv(s, &b, 1, 0), ENOTCONN);
	CHECK_EQ(ready(s, POLLIN | POLLOUT), 0);
	CHECK_EQ(shutdown(s, SHUT_WR), 0);
	CHECK_EQ(connect(c, ADDR(a)), 0);
	CHECK_EQ(soon(s, POLLIN), POLLIN);
	CHECK_EQ(shutdown(s, SHUT_RD), 0); /* no listener any more */
	CHECK_EQ(soon(c, POLLHUP) & POLLHUP, POLLHUP);
	CHECK_ERR(recv(c, &b, 1, 0), ECONNRESET);
	CHECK_ERR(accept(s, NULL, NULL), EINVAL);
	close(c);
	c = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_ERR(connect(c, ADDR(a)), ECONNREFUSED);
	CHECK_EQ(listen(s, 2), 0);
	a.sin_port = name4(s, false).sin_port; /* a port not given by bind is not kept */
	CHECK_EQ(connect(c, ADDR(a)), 0);
	close(s);
	CHECK_EQ(soon(c, POLLHUP) & POLLHUP, POLLHUP);
	CHECK_ERR(recv(c, &b, 1, 0), ECONNRESET);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	errors();
	names();
	closing();
	listeners();
	return TEST_RESULT;
}
