/* IPv6 on loopback, mapped IPv4 addresses, dual-stack listeners, IPV6_V6ONLY. */
#include "inet.h"

int main(void)
{
	struct sockaddr_in6 a = in6("::", 0), b, peer;
	struct sockaddr_in v4;
	socklen_t len = sizeof(b);
	int s = socket(AF_INET6, SOCK_STREAM, 0), c, d, u, v;
	char buf[8], text[64];

	if (s < 0)
		skip("no IPv6 here");
	CHECK_ERR(bind(s, (void *)&a, 16), EINVAL);
	CHECK_EQ(bind(s, ADDR(a)), 0);
	CHECK_EQ(listen(s, 4), 0);
	CHECK_EQ(getsockname(s, (void *)&b, &len), 0);
	CHECK_EQ(len, sizeof(b));
	c = socket(AF_INET6, SOCK_STREAM, 0);
	v4 = in4(INADDR_LOOPBACK, ntohs(b.sin6_port));
	CHECK_ERR(connect(c, ADDR(v4)), EINVAL);
	a = in6("::1", ntohs(b.sin6_port));
	CHECK_EQ(connect(c, ADDR(a)), 0);
	len = sizeof(peer);
	d = accept(s, (void *)&peer, &len);
	CHECK(d >= 0 && len == sizeof(peer));
	inet_ntop(AF_INET6, &peer.sin6_addr, text, sizeof(text));
	CHECK(strcmp(text, "::1") == 0);
	CHECK_EQ(write(c, "six", 3), 3);
	CHECK_EQ(read(d, buf, 8), 3);

	/* An IPv4 client of an IPv6 listener is seen with a mapped address. */
	c = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_EQ(connect(c, ADDR(v4)), 0);
	CHECK_EQ(name4(c, true).sin_port, b.sin6_port);
	len = sizeof(peer);
	d = accept(s, (void *)&peer, &len);
	inet_ntop(AF_INET6, &peer.sin6_addr, text, sizeof(text));
	CHECK(strcmp(text, "::ffff:127.0.0.1") == 0);
	CHECK_EQ(write(d, "four", 4), 4);
	CHECK_EQ(read(c, buf, 8), 4);
	c = socket(AF_INET6, SOCK_STREAM, 0);
	a = in6("::ffff:127.0.0.1", ntohs(b.sin6_port));
	CHECK_EQ(connect(c, ADDR(a)), 0);
	c = socket(AF_INET6, SOCK_STREAM, 0);
	set_option(c, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	CHECK_ERR(connect(c, ADDR(a)), ENETUNREACH);

	/* IPV6_V6ONLY listeners do not hear IPv4. */
	s = socket(AF_INET6, SOCK_STREAM, 0);
	CHECK_EQ(set_option(s, IPPROTO_IPV6, IPV6_V6ONLY, 1), 0);
	CHECK_EQ(int_option(s, IPPROTO_IPV6, IPV6_V6ONLY), 1);
	CHECK_EQ(listen(s, 1), 0);
	len = sizeof(b);
	CHECK_EQ(getsockname(s, (void *)&b, &len), 0);
	v4 = in4(INADDR_LOOPBACK, ntohs(b.sin6_port));
	CHECK_ERR(connect(socket(AF_INET, SOCK_STREAM, 0), ADDR(v4)), ECONNREFUSED);

	/* Datagrams between the two. */
	u = socket(AF_INET6, SOCK_DGRAM, 0);
	a = in6("::", 0);
	CHECK_EQ(bind(u, ADDR(a)), 0);
	len = sizeof(b);
	CHECK_EQ(getsockname(u, (void *)&b, &len), 0);
	v = socket(AF_INET, SOCK_DGRAM, 0);
	v4 = in4(INADDR_LOOPBACK, ntohs(b.sin6_port));
	CHECK_EQ(sendto(v, "q", 1, 0, ADDR(v4)), 1);
	len = sizeof(peer);
	CHECK_EQ(recvfrom(u, buf, 8, 0, (void *)&peer, &len), 1);
	CHECK_EQ(len, sizeof(peer));
	CHECK_EQ(peer.sin6_family, AF_INET6);
	CHECK_EQ(peer.sin6_port, name4(v, false).sin_port);
	CHECK_EQ(sendto(u, "answer", 6, 0, ADDR(peer)), 6);
	struct sockaddr_in from = { 0 };
	len = sizeof(from);
	CHECK_EQ(recvfrom(v, buf, 8, 0, (void *)&from, &len), 6);
	CHECK(len == sizeof(from) && from.sin_port == b.sin6_port &&
	      from.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
	return TEST_RESULT;
}
