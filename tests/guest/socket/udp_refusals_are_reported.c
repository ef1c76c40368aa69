/* IP_RECVERR: which datagram was refused and by whom, as MSG_ERRQUEUE and poll tell it. */
#include "inet.h"
#include <linux/errqueue.h>

static char big[3000];

/* What one MSG_ERRQUEUE read says. */
struct report {
	struct sockaddr_in6 name;
	socklen_t name_len;
	struct {
		struct sock_extended_err ee;
		struct sockaddr_in6 offender;
	} err;
	size_t err_len;
	int level, type, flags;
	ssize_t n;
	char data[3000];
};

static struct report report_of(int s, size_t room)
{
	char control[256];
	struct report r = { 0 };
	struct iovec iov = { r.data, room };
	struct msghdr m = { .msg_name = &r.name, .msg_namelen = sizeof(r.name), .msg_iov = &iov,
			    .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c;

	memset(&r.err, 0x55, sizeof(r.err));
	r.n = recvmsg(s, &m, MSG_ERRQUEUE);
	if (r.n < 0)
		return r;
	r.name_len = m.msg_namelen;
	r.flags = m.msg_flags;
	for (c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_type != IP_RECVERR && c->cmsg_type != IPV6_RECVERR)
			continue;
		r.level = c->cmsg_level;
		r.type = c->cmsg_type;
		r.err_len = c->cmsg_len - CMSG_LEN(0);
		REQUIRE(r.err_len <= sizeof(r.err));
		memcpy(&r.err, CMSG_DATA(c), r.err_len);
	}
	return r;
}

static void check_ee(const struct report *r, int origin, int type, int code)
{
	CHECK_EQ(r->err.ee.ee_errno, ECONNREFUSED);
	CHECK_EQ(r->err.ee.ee_origin, origin);
	CHECK_EQ(r->err.ee.ee_type, type);
	CHECK_EQ(r->err.ee.ee_code, code);
	CHECK_EQ(r->err.ee.ee_pad, 0);
	CHECK_EQ(r->err.ee.ee_info, 0);
	CHECK_EQ(r->err.ee.ee_data, 0);
	CHECK_EQ(r->flags & MSG_ERRQUEUE, MSG_ERRQUEUE);
}

static void option(int s, int level, int name, int value)
{
	CHECK_EQ(setsockopt(s, level, name, &value, sizeof(value)), 0);
}

static struct sockaddr_in free_port(void)
{
	struct sockaddr_in a;

	close(bound4(SOCK_DGRAM, -1, &a));
	return a;
}

/* A sender that is not connected hears of it, too. */
static void refused4(void)
{
	struct sockaddr_in gone = free_port(), *name, *offender;
	int s = socket(AF_INET, SOCK_DGRAM, 0);
	struct report r;
	char b;

	option(s, SOL_IP, IP_RECVERR, 1);
	CHECK_ERR(recv(s, &b, 1, MSG_ERRQUEUE), EAGAIN);
	CHECK_EQ(sendto(s, "hello", 5, 0, ADDR(gone)), 5);
	CHECK_EQ(soon(s, POLLIN), POLLERR);
	CHECK_ERR(recv(s, &b, 1, 0), ECONNREFUSED);
	CHECK_ERR(recv(s, &b, 1, MSG_DONTWAIT), EAGAIN);
	CHECK_EQ(ready(s, POLLIN), POLLERR); /* the queue has it still */
	r = report_of(s, 100);
	CHECK_EQ(r.n, 5);
	CHECK(memcmp(r.data, "hello", 5) == 0);
	CHECK_EQ(r.level, SOL_IP);
	CHECK_EQ(r.err_len, 32);
	check_ee(&r, SO_EE_ORIGIN_ICMP, 3, 3);
	name = (void *)&r.name;
	CHECK_EQ(r.name_len, sizeof(*name));
	CHECK_EQ(name->sin_family, AF_INET);
	CHECK_EQ(name->sin_port, gone.sin_port);
	CHECK_EQ(name->sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	offender = (void *)&r.err.offender;
	CHECK_EQ(offender->sin_family, AF_INET);
	CHECK_EQ(offender->sin_port, 0);
	CHECK_EQ(offender->sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	CHECK_EQ(ready(s, POLLIN), 0);
	CHECK_ERR(recv(s, &b, 1, MSG_ERRQUEUE), EAGAIN);
	close(s);
}

/* Each of several; what is read takes the pending error along, the next brings its own. */
static void several(void)
{
	struct sockaddr_in gone = free_port();
	int s = socket(AF_INET, SOCK_DGRAM, 0), error = -1;
	socklen_t len = sizeof(error);
	struct report r;
	char b;

	option(s, SOL_IP, IP_RECVERR, 1);
	CHECK_EQ(connect(s, ADDR(gone)), 0);
	CHECK_EQ(send(s, "one", 3, 0), 3);
	CHECK_EQ(soon(s, POLLIN), POLLERR);
	CHECK_ERR(send(s, "two", 3, 0), ECONNREFUSED);
	CHECK_EQ(send(s, "three", 5, 0), 5);
	r = report_of(s, 100);
	CHECK_EQ(r.n, 3);
	CHECK_ERR(recv(s, &b, 1, MSG_DONTWAIT), ECONNREFUSED);
	r = report_of(s, 2);
	CHECK_EQ(r.n, 2);
	CHECK_EQ(r.flags, MSG_ERRQUEUE | MSG_TRUNC);
	CHECK_ERR(recv(s, &b, 1, MSG_DONTWAIT), EAGAIN);
	CHECK_EQ(send(s, "four", 4, 0), 4);
	r = report_of(s, 100);
	CHECK_EQ(r.n, 4);
	CHECK_EQ(getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &len), 0);
	CHECK_EQ(error, 0);

	/* Turning it off forgets what waits, but not the error. */
	CHECK_EQ(send(s, "five", 4, 0), 4);
	option(s, SOL_IP, IP_RECVERR, 0);
	CHECK_ERR(recv(s, &b, 1, MSG_ERRQUEUE), EAGAIN);
	CHECK_ERR(recv(s, &b, 1, MSG_DONTWAIT), ECONNREFUSED);
	CHECK_EQ(send(s, "six", 3, 0), 3);
	CHECK_ERR(recv(s, &b, 1, MSG_ERRQUEUE), EAGAIN);
	CHECK_ERR(recv(s, &b, 1, MSG_DONTWAIT), ECONNREFUSED);
	close(s);
}

/* The message quotes only the beginning of a datagram; bad memory loses it. */
static void quoted(void)
{
	struct sockaddr_in gone = free_port();
	struct sockaddr_in6 gone6 = in6("::1", ntohs(gone.sin_port));
	int s = socket(AF_INET, SOCK_DGRAM, 0), t = socket(AF_INET6, SOCK_DGRAM, 0);
	struct report r;
	char b;

	option(s, SOL_IP, IP_RECVERR, 1);
	option(t, SOL_IPV6, IPV6_RECVERR, 1);
	CHECK_EQ(sendto(s, big, sizeof(big), 0, ADDR(gone)), sizeof(big));
	r = report_of(s, sizeof(r.data));
	CHECK_EQ(r.n, 520);
	CHECK_EQ(sendto(t, big, sizeof(big), 0, ADDR(gone6)), sizeof(big));
	r = report_of(t, sizeof(r.data));
	CHECK_EQ(r.n, 1184);
	CHECK_EQ(sendto(s, "x", 1, 0, ADDR(gone)), 1);
	CHECK_ERR(recv(s, BAD_LOW, 1, MSG_ERRQUEUE), EFAULT);
	CHECK_ERR(recv(s, &b, 1, MSG_ERRQUEUE), EAGAIN);
	CHECK_ERR(recv(s, &b, 1, MSG_DONTWAIT), EAGAIN);
	close(s);
	close(t);
}

static void refused6(void)
{
	struct sockaddr_in gone = free_port();
	struct sockaddr_in6 a = in6("::1", ntohs(gone.sin_port));
	int s = socket(AF_INET6, SOCK_DGRAM, 0);
	struct report r;

	option(s, SOL_IPV6, IPV6_RECVERR, 1);
	CHECK_EQ(sendto(s, "hello", 5, 0, ADDR(a)), 5);
	CHECK_EQ(soon(s, POLLIN), POLLERR);
	r = report_of(s, 100);
	CHECK_EQ(r.n, 5);
	CHECK_EQ(r.level, SOL_IPV6);
	CHECK_EQ(r.err_len, 44);
	check_ee(&r, SO_EE_ORIGIN_ICMP6, 1, 4);
	CHECK_EQ(r.name_len, sizeof(a));
	CHECK(memcmp(&r.name, &a, sizeof(a)) == 0);
	CHECK_EQ(r.err.offender.sin6_family, AF_INET6);
	CHECK_EQ(r.err.offender.sin6_port, 0);
	CHECK(memcmp(&r.err.offender.sin6_addr, &a.sin6_addr, 16) == 0);
	CHECK_EQ(r.err.offender.sin6_scope_id, 0);

	/* A mapped address is IPv4: its option counts, and its messages are told mapped. */
	a = in6("::ffff:127.0.0.1", ntohs(gone.sin_port));
	CHECK_EQ(sendto(s, "hello", 5, 0, ADDR(a)), 5);
	CHECK_EQ(report_of(s, 100).n, -1);
	option(s, SOL_IP, IP_RECVERR, 1);
	CHECK_EQ(sendto(s, "mapped", 6, 0, ADDR(a)), 6);
	r = report_of(s, 100);
	CHECK_EQ(r.n, 6);
	CHECK_EQ(r.level, SOL_IPV6);
	check_ee(&r, SO_EE_ORIGIN_ICMP, 3, 3);
	CHECK(memcmp(&r.name, &a, sizeof(a)) == 0);
	CHECK(memcmp(&r.err.offender.sin6_addr, &a.sin6_addr, 16) == 0);
	close(s);
}

/* Not more waits than the receive buffer holds. */
static void bounded(void)
{
	struct sockaddr_in gone = free_port();
	int s = socket(AF_INET, SOCK_DGRAM, 0), sent = 0, read = 0;
	char b[8];

	option(s, SOL_IP, IP_RECVERR, 1);
	option(s, SOL_SOCKET, SO_RCVBUF, 4096);
	for (int i = 0; i < 1000; i++)
		sent += sendto(s, "x", 1, 0, ADDR(gone)) == 1;
	while (recv(s, b, sizeof(b), MSG_ERRQUEUE) >= 0)
		read++;
	CHECK(sent >= 500);
	CHECK(read >= 1 && read <= 100);
	CHECK_EQ(sendto(s, "x", 1, 0, ADDR(gone)), 1);
	CHECK_EQ(recv(s, b, sizeof(b), MSG_ERRQUEUE), 1);
	close(s);
}

int main(void)
{
	refused4();
	several();
	quoted();
	refused6();
	bounded();
	return TEST_RESULT;
}
