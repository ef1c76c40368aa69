/* UDP on loopback: errors, addresses, connected sockets, refused ports, notes, limits. */
#include "inet.h"

static char big[70000];

static void errors(void)
{
	struct sockaddr_in a = in4(INADDR_LOOPBACK, 9), gone;
	int u = socket(AF_INET, SOCK_DGRAM, 0);
	char b;

	CHECK_EQ(ready(u, POLLIN | POLLOUT), POLLOUT);
	CHECK_ERR(send(u, "x", 1, 0), EDESTADDRREQ);
	CHECK_ERR(recv(u, &b, 1, MSG_DONTWAIT), EAGAIN);
	CHECK_ERR(recv(u, &b, 1, MSG_ERRQUEUE), EAGAIN);
	CHECK_ERR(sendto(u, "x", 1, 0, (void *)&a, 8), EINVAL);
	CHECK_ERR(sendto(u, "x", 1, MSG_OOB, ADDR(a)), EOPNOTSUPP);
	CHECK_ERR(listen(u, 1), EOPNOTSUPP);
	CHECK_ERR(accept(u, NULL, NULL), EOPNOTSUPP);
	CHECK_ERR(sendto(u, big, 65508, 0, ADDR(a)), EMSGSIZE);
	CHECK_ERR(sendto(u, BAD_LOW, 10, 0, ADDR(a)), EFAULT);
	a.sin_port = 0;
	CHECK_ERR(sendto(u, "x", 1, 0, ADDR(a)), EINVAL);
	a = in4(0x7fffffff, 9);
	CHECK_ERR(sendto(u, "x", 1, 0, ADDR(a)), EACCES);
	a.sin_family = AF_INET6;
	CHECK_ERR(sendto(u, "x", 1, 0, ADDR(a)), EAFNOSUPPORT);

	/* Nobody there: lost, but a connected sender hears of it. */
	close(bound4(SOCK_DGRAM, -1, &gone));
	CHECK_EQ(sendto(u, "x", 1, 0, ADDR(gone)), 1);
	nap(5);
	CHECK_EQ(ready(u, POLLIN | POLLOUT), POLLOUT);
	CHECK_EQ(connect(u, ADDR(gone)), 0);
	CHECK_EQ(send(u, "x", 1, 0), 1);
	CHECK_EQ(soon(u, POLLIN), POLLERR);
	CHECK_ERR(send(u, "x", 1, 0), ECONNREFUSED);
	CHECK_EQ(send(u, "x", 1, 0), 1);
	CHECK_EQ(soon(u, POLLIN), POLLERR);
	CHECK_ERR(recv(u, &b, 1, 0), ECONNREFUSED);
	CHECK_EQ(shutdown(u, SHUT_RD), 0);
	CHECK_EQ(recv(u, &b, 1, 0), 0);
	CHECK_EQ(shutdown(u, SHUT_WR), 0);
	CHECK_ERR(send(u, "x", 1, 0), EPIPE);
	CHECK_EQ(ready(u, POLLIN | POLLOUT), POLLIN | POLLOUT | POLLHUP);
}

static void carrying(void)
{
	struct sockaddr_in a, from;
	socklen_t len = sizeof(from);
	int s = bound4(SOCK_DGRAM, -1, &a), u = socket(AF_INET, SOCK_DGRAM, 0);
	int v = socket(AF_INET, SOCK_DGRAM, 0);
	static char back[70000];

	CHECK_EQ(sendto(u, "hello", 5, 0, ADDR(a)), 5);
	CHECK_EQ(recvfrom(s, back, 3, MSG_TRUNC, (void *)&from, &len), 5);
	CHECK_EQ(len, sizeof(from));
	CHECK_EQ(from.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	CHECK_EQ(from.sin_port, name4(u, false).sin_port);
	CHECK_EQ(name4(u, false).sin_addr.s_addr, 0);
	CHECK_EQ(sendto(u, "", 0, 0, ADDR(a)), 0);
	CHECK_EQ(recv(s, back, 10, 0), 0);
	for (int i = 0; i < 65507; i++)
		big[i] = (char)(i * 13);
	CHECK_EQ(sendto(u, big, 65507, 0, ADDR(a)), 65507);
	CHECK_EQ(recv(s, back, sizeof(back), 0), 65507);
	CHECK(memcmp(big, back, 65507) == 0);

	/* A connected one hears its peer only. */
	CHECK_EQ(connect(u, ADDR(a)), 0);
	CHECK_EQ(name4(u, false).sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	from = name4(u, false);
	CHECK_EQ(sendto(v, "stranger", 8, 0, ADDR(from)), 8);
	CHECK_EQ(sendto(s, "peer", 4, 0, ADDR(from)), 4);
	CHECK_EQ(recv(u, back, 10, 0), 4);
	CHECK_ERR(recv(u, back, 10, MSG_DONTWAIT), EAGAIN);
	CHECK_EQ(connect(u, &(struct sockaddr){ AF_UNSPEC, "" }, sizeof(struct sockaddr)), 0);
	CHECK_ERR(send(u, "x", 1, 0), EDESTADDRREQ);
	CHECK_ERR(getpeername(u, (void *)&from, &len), ENOTCONN);

	/* Too much is lost, not waited for. */
	int size = 10000, got = 0;
	setsockopt(s, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	for (int i = 0; i < 200; i++)
		CHECK_EQ(sendto(v, big, 1000, 0, ADDR(a)), 1000);
	nap(10);
	while (recv(s, back, sizeof(back), MSG_DONTWAIT) == 1000)
		got++;
	CHECK(got > 2 && got < 100);
}

static void notes(void)
{
	char control[256], data[8];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct sockaddr_in a;
	int s = bound4(SOCK_DGRAM, -1, &a), u = socket(AF_INET, SOCK_DGRAM, 0), seen = 0;

	CHECK_EQ(set_option(s, IPPROTO_IP, IP_PKTINFO, 1), 0);
	CHECK_EQ(set_option(s, IPPROTO_IP, IP_RECVTTL, 1), 0);
	CHECK_EQ(set_option(s, IPPROTO_IP, IP_RECVTOS, 1), 0);
	CHECK_EQ(set_option(s, SOL_SOCKET, SO_TIMESTAMP, 1), 0);
	CHECK_EQ(set_option(u, IPPROTO_IP, IP_TTL, 33), 0);
	CHECK_EQ(set_option(u, IPPROTO_IP, IP_TOS, 0x10), 0);
	CHECK_EQ(sendto(u, "x", 1, 0, ADDR(a)), 1);
	CHECK_EQ(recvmsg(s, &m, 0), 1);
	CHECK_EQ(m.msg_flags, 0);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL) {
			CHECK_EQ(*(int *)CMSG_DATA(c), 33);
			seen |= 1;
		} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) {
			CHECK_EQ(*(unsigned char *)CMSG_DATA(c), 0x10);
			seen |= 2;
		} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			CHECK_EQ(info.ipi_addr.s_addr, htonl(INADDR_LOOPBACK));
			CHECK_EQ(info.ipi_ifindex, 1);
			seen |= 4;
		} else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMP) {
			CHECK_EQ(c->cmsg_len, CMSG_LEN(sizeof(struct timeval)));
			seen |= 8;
		}
	}
	CHECK_EQ(seen, 15);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	errors();
	carrying();
	notes();
	return TEST_RESULT;
}
