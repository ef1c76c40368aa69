/* MSG_MORE and UDP_CORK: one datagram from several calls. udp(7), send(2). */
#include "inet.h"
#include <netinet/udp.h>

static char big[70000], back[70000];
static struct sockaddr_in here, there;
static int to, other;

/* What has come, as one datagram; -EAGAIN: nothing. */
static int arrived(int s)
{
	ssize_t n;

	soon(s, POLLIN);
	n = recv(s, back, sizeof(back), MSG_DONTWAIT);
	return n < 0 ? -errno : (int)n;
}

static int nothing(int s)
{
	return recv(s, back, sizeof(back), MSG_DONTWAIT) < 0 ? errno : 0;
}

static void more(void)
{
	int u = socket(AF_INET, SOCK_DGRAM, 0);

	/* The first call names where it goes; the others' names are not looked at. */
	CHECK_EQ(sendto(u, "one ", 4, MSG_MORE, ADDR(here)), 4);
	CHECK_EQ(sendto(u, "two ", 4, MSG_MORE, ADDR(there)), 4);
	CHECK_EQ(nothing(to), EAGAIN);
	CHECK_EQ(sendto(u, "three", 5, 0, NULL, 0), 5);
	CHECK_EQ(arrived(to), 13);
	CHECK_EQ(memcmp(back, "one two three", 13), 0);
	CHECK_EQ(nothing(other), EAGAIN);

	/* An empty part is one, and ends the datagram as well. */
	CHECK_EQ(sendto(u, "a", 1, MSG_MORE, ADDR(here)), 1);
	CHECK_EQ(send(u, "", 0, 0), 0);
	CHECK_EQ(arrived(to), 1);
	CHECK_EQ(sendto(u, "", 0, MSG_MORE, ADDR(here)), 0);
	CHECK_EQ(send(u, "", 0, 0), 0);
	CHECK_EQ(arrived(to), 0);

	/* An address is needed, and right, for the first. */
	CHECK_ERR(send(u, "x", 1, MSG_MORE), EDESTADDRREQ);
	CHECK_ERR(sendto(u, "x", 1, MSG_MORE, (void *)&here, 3), EINVAL);

	/* What is not sent when the socket goes is lost. */
	CHECK_EQ(sendto(u, "lost", 4, MSG_MORE, ADDR(here)), 4);
	close(u);
	nap(5);
	CHECK_EQ(nothing(to), EAGAIN);
}

static void cork(void)
{
	int u = socket(AF_INET, SOCK_DGRAM, 0);

	CHECK_EQ(int_option(u, IPPROTO_UDP, UDP_CORK), 0);
	CHECK_EQ(set_option(u, IPPROTO_UDP, UDP_CORK, 0), 0);
	CHECK_EQ(set_option(u, IPPROTO_UDP, UDP_CORK, 7), 0);
	CHECK_EQ(int_option(u, IPPROTO_UDP, UDP_CORK), 1);
	CHECK_EQ(sendto(u, "in ", 3, 0, ADDR(here)), 3);
	CHECK_EQ(send(u, "parts", 5, 0), 5);
	CHECK_EQ(nothing(to), EAGAIN);
	CHECK_EQ(set_option(u, IPPROTO_UDP, UDP_CORK, 0), 0);
	CHECK_EQ(arrived(to), 8);
	CHECK_EQ(memcmp(back, "in parts", 8), 0);

	CHECK_EQ(connect(u, ADDR(there)), 0);
	CHECK_EQ(send(u, "x", 1, MSG_MORE), 1);
	CHECK_EQ(set_option(u, IPPROTO_UDP, UDP_CORK, 1), 0);
	CHECK_EQ(send(u, "y", 1, 0), 1);
	CHECK_EQ(set_option(u, IPPROTO_UDP, UDP_CORK, 0), 0);
	CHECK_EQ(arrived(other), 2);

	/* Connecting meanwhile changes where it goes. */
	CHECK_EQ(sendto(u, "1", 1, MSG_MORE, ADDR(here)), 1);
	CHECK_EQ(connect(u, ADDR(there)), 0);
	CHECK_EQ(send(u, "2", 1, 0), 1);
	CHECK_EQ(arrived(other), 2);
	CHECK_EQ(nothing(to), EAGAIN);
	close(u);
}

static void limits(void)
{
	int u = socket(AF_INET, SOCK_DGRAM, 0), size = 1 << 20;

	CHECK_EQ(set_option(u, SOL_SOCKET, SO_SNDBUF, size), 0);
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 7 + i / 251);
	/* 65507 bytes in uneven parts, to the last byte. */
	for (int at = 0, n; at < 65507; at += n) {
		n = at + 4099 < 65507 ? 4099 : 65507 - at;
		CHECK_EQ(sendto(u, big + at, (size_t)n, MSG_MORE, ADDR(here)), n);
	}
	CHECK_EQ(send(u, "", 0, 0), 0);
	CHECK_EQ(arrived(to), 65507);
	CHECK_EQ(memcmp(back, big, 65507), 0);

	/* One byte too many: all of it is dropped. */
	CHECK_EQ(sendto(u, big, 65000, MSG_MORE, ADDR(here)), 65000);
	CHECK_ERR(send(u, big, 508, MSG_MORE), EMSGSIZE);
	CHECK_EQ(set_option(u, IPPROTO_UDP, UDP_CORK, 0), 0);
	nap(5);
	CHECK_EQ(nothing(to), EAGAIN);
	CHECK_ERR(send(u, "x", 1, 0), EDESTADDRREQ);

	/* So it is when a part cannot be read. */
	CHECK_EQ(sendto(u, "good", 4, MSG_MORE, ADDR(here)), 4);
	CHECK_ERR(send(u, BAD_LOW, 10, 0), EFAULT);
	nap(5);
	CHECK_EQ(nothing(to), EAGAIN);
	CHECK_EQ(sendto(u, "new", 3, 0, ADDR(here)), 3);
	CHECK_EQ(arrived(to), 3);
	close(u);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	to = bound4(SOCK_DGRAM, -1, &here);
	other = bound4(SOCK_DGRAM, -1, &there);
	more();
	cork();
	limits();
	return TEST_RESULT;
}
