/* bind: bad addresses, ports in use, reuse, wildcard, IPv6 beside IPv4. */
#include "inet.h"

static int try4(uint32_t ip, int port, bool reuse)
{
	struct sockaddr_in a = in4(ip, port);
	int s = socket(AF_INET, SOCK_STREAM, 0), err;

	set_option(s, SOL_SOCKET, SO_REUSEADDR, reuse);
	err = bind(s, ADDR(a)) < 0 ? -errno : 0;
	close(s);
	return err;
}

static int try6(const char *ip, int port, int only)
{
	struct sockaddr_in6 a = in6(ip, port);
	int s = socket(AF_INET6, SOCK_STREAM, 0), err;

	set_option(s, IPPROTO_IPV6, IPV6_V6ONLY, only);
	err = bind(s, ADDR(a)) < 0 ? -errno : 0;
	close(s);
	return err;
}

int main(void)
{
	struct sockaddr_in a = in4(0x08080808, 0), n;
	struct sockaddr_in6 b;
	int s = socket(AF_INET, SOCK_STREAM, 0), t, u, port;

	CHECK_ERR(bind(s, ADDR(a)), EADDRNOTAVAIL);
	CHECK_ERR(bind(s, (void *)&a, 8), EINVAL);
	a.sin_family = AF_UNIX;
	CHECK_ERR(bind(s, ADDR(a)), EAFNOSUPPORT);
	a.sin_family = AF_INET6;
	CHECK_ERR(bind(s, ADDR(a)), EAFNOSUPPORT);
	a = in4(INADDR_ANY, 0);
	a.sin_family = AF_UNSPEC; /* for old programs */
	CHECK_EQ(bind(s, ADDR(a)), 0);
	a.sin_family = AF_INET;
	CHECK_ERR(bind(s, ADDR(a)), EINVAL);
	n = name4(s, false);
	port = ntohs(n.sin_port);
	CHECK(port >= 1024);
	CHECK_EQ(n.sin_addr.s_addr, 0);
	CHECK_ERR(getpeername(s, (void *)&n, &(socklen_t){ sizeof(n) }), ENOTCONN);

	CHECK_EQ(try4(INADDR_ANY, port, false), -EADDRINUSE);
	CHECK_EQ(try4(INADDR_LOOPBACK, port, false), -EADDRINUSE);
	CHECK_EQ(try4(INADDR_LOOPBACK, port, true), -EADDRINUSE); /* both must want it */
	CHECK_EQ(set_option(s, SOL_SOCKET, SO_REUSEADDR, 1), 0);
	CHECK_EQ(try4(INADDR_LOOPBACK, port, true), 0);
	CHECK_EQ(try6("::", port, 0), -EADDRINUSE);
	CHECK_EQ(try6("::", port, 1), 0);
	CHECK_EQ(try6("::1", port, 0), 0);
	CHECK_EQ(try6("::ffff:127.0.0.1", port, 0), -EADDRINUSE);
	CHECK_EQ(try6("::ffff:127.0.0.1", 0, 1), -EINVAL);
	CHECK_EQ(try6("2001:db8::1", 0, 0), -EADDRNOTAVAIL);
	CHECK_EQ(try6("fe80::1", 0, 0), -EINVAL);
	CHECK_EQ(listen(s, 1), 0);
	CHECK_EQ(try4(INADDR_LOOPBACK, port, true), -EADDRINUSE); /* not beside a listener */
	u = socket(AF_INET, SOCK_DGRAM, 0);
	a = in4(INADDR_ANY, port);
	CHECK_EQ(bind(u, ADDR(a)), 0); /* UDP has ports of its own */

	/* The same port on another address; everything in 127.0.0.0/8 is here. */
	t = bound4(SOCK_STREAM, 1, &n);
	CHECK_EQ(try4(INADDR_LOOPBACK + 1, ntohs(n.sin_port), false), 0);
	a = in4(INADDR_LOOPBACK + 5, 0);
	u = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_EQ(bind(u, ADDR(a)), 0);
	CHECK_EQ(connect(u, ADDR(n)), 0);
	CHECK_EQ(name4(u, false).sin_addr.s_addr, htonl(INADDR_LOOPBACK + 5));
	a = in4(INADDR_LOOPBACK + 1, ntohs(n.sin_port));
	CHECK_ERR(connect(socket(AF_INET, SOCK_STREAM, 0), ADDR(a)), ECONNREFUSED);
	a = in4(INADDR_LOOPBACK + 1, port);
	u = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_EQ(connect(u, ADDR(a)), 0); /* the wildcard listener */
	CHECK_EQ(name4(u, true).sin_addr.s_addr, htonl(INADDR_LOOPBACK + 1));

	/* A listener is gone, its connection lives: only with SO_REUSEADDR. */
	u = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_EQ(connect(u, ADDR(n)), 0);
	close(accept(t, NULL, NULL));
	u = accept(t, NULL, NULL);
	CHECK(u >= 0);
	close(t);
	CHECK_EQ(try4(INADDR_LOOPBACK, ntohs(n.sin_port), false), -EADDRINUSE);

	/* SO_REUSEPORT: many listeners. */
	s = bound4(SOCK_STREAM, -1, &a);
	CHECK_EQ(set_option(s, SOL_SOCKET, SO_REUSEPORT, 1), 0);
	close(s);
	s = socket(AF_INET, SOCK_STREAM, 0);
	t = socket(AF_INET, SOCK_STREAM, 0);
	set_option(s, SOL_SOCKET, SO_REUSEPORT, 1);
	CHECK_EQ(bind(s, ADDR(a)), 0);
	CHECK_ERR(bind(t, ADDR(a)), EADDRINUSE);
	set_option(t, SOL_SOCKET, SO_REUSEPORT, 1);
	CHECK_EQ(bind(t, ADDR(a)), 0);
	CHECK_EQ(listen(s, 1), 0);
	CHECK_EQ(listen(t, 1), 0);

	/* A port at the first need: listen, connect, sendto. */
	s = socket(AF_INET6, SOCK_STREAM, 0);
	CHECK_EQ(listen(s, 1), 0);
	CHECK_EQ(getsockname(s, (void *)&b, &(socklen_t){ sizeof(b) }), 0);
	CHECK(b.sin6_port != 0 && b.sin6_family == AF_INET6);
	CHECK_EQ(set_option(s, IPPROTO_IPV6, IPV6_V6ONLY, 1), -EINVAL);
	return TEST_RESULT;
}
