/* inet.h - internet sockets on loopback, for tests. */
#ifndef TEST_INET_H
#define TEST_INET_H

#include "socket.h"
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/ioctl.h>

/* Natively tests run in a network of their own, whose loopback interface is still down. */
static __attribute__((constructor)) void loopback_up(void)
{
	struct ifreq r = { .ifr_name = "lo" };
	int s = socket(AF_INET, SOCK_DGRAM, 0);

	if (s < 0 || ioctl(s, SIOCGIFFLAGS, &r) < 0)
		skip("no loopback interface");
	if (!(r.ifr_flags & IFF_UP)) {
		r.ifr_flags |= IFF_UP;
		if (ioctl(s, SIOCSIFFLAGS, &r) < 0)
			skip("the loopback interface is down");
	}
	close(s);
}

static inline struct sockaddr_in in4(uint32_t ip, int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(ip) };

	return a;
}

static inline struct sockaddr_in6 in6(const char *ip, int port)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };

	REQUIRE(inet_pton(AF_INET6, ip, &a.sin6_addr) == 1);
	return a;
}

#define ADDR(a) ((struct sockaddr *)&(a)), (socklen_t)sizeof(a)

static inline struct sockaddr_in name4(int s, bool peer)
{
	struct sockaddr_in a = { 0 };
	socklen_t len = sizeof(a);

	if ((peer ? getpeername : getsockname)(s, (struct sockaddr *)&a, &len) < 0)
		a.sin_port = 0;
	else
		CHECK_EQ(len, sizeof(a));
	return a;
}

/* Bound to 127.0.0.1 and a port of the kernel's choice; listening if backlog >= 0. */
static inline int bound4(int type, int backlog, struct sockaddr_in *a)
{
	int s = socket(AF_INET, type, 0);

	*a = in4(INADDR_LOOPBACK, 0);
	REQUIRE(s >= 0 && bind(s, ADDR(*a)) == 0);
	*a = name4(s, false);
	if (backlog >= 0)
		REQUIRE(listen(s, backlog) == 0);
	return s;
}

/* Two ends of one connection. */
static inline void tcp_pair(int fds[2])
{
	struct sockaddr_in a;
	int s = bound4(SOCK_STREAM, 1, &a);

	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	REQUIRE(connect(fds[0], ADDR(a)) == 0);
	fds[1] = accept(s, NULL, NULL);
	REQUIRE(fds[1] >= 0);
	close(s);
}

static inline int int_option(int s, int level, int name)
{
	int value = -12345;
	socklen_t len = sizeof(value);

	return getsockopt(s, level, name, &value, &len) < 0 ? -errno : value;
}

static inline int set_option(int s, int level, int name, int value)
{
	return setsockopt(s, level, name, &value, sizeof(value)) < 0 ? -errno : 0;
}

/* Events within a second: what a network delivers a moment later. */
static inline int soon(int fd, int events)
{
	struct pollfd p = { fd, (short)events, 0 };

	poll(&p, 1, 1000);
	return p.revents;
}

#endif
