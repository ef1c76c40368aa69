/* SO_PEEK_OFF, MSG_PEEK, SO_RCVLOWAT, FIONREAD, SIOCOUTQ: what is in the queue. */
#include "socket.h"
#include <linux/sockios.h>
#include <sys/ioctl.h>

static int ask(int fd, unsigned long request)
{
	int value = -1;

	return ioctl(fd, request, &value) < 0 ? -errno : value;
}

int main(void)
{
	struct sockaddr_un a;
	socklen_t alen;
	int p[2], off = 0, minus = -1, low = 4, value, listener;
	socklen_t len = sizeof(value);
	char buf[16];

	pair(SOCK_STREAM, p);
	CHECK_EQ(ask(p[0], FIONREAD), 0);
	CHECK_EQ(ask(p[0], SIOCOUTQ), 0);
	CHECK_ERR(ioctl(p[0], FIONREAD, BAD_LOW), EFAULT);
	CHECK_EQ(ask(p[0], 0x1234), -ENOTTY);
	CHECK_EQ(write(p[0], "abcd", 4), 4);
	CHECK_EQ(write(p[0], "efgh", 4), 4);
	CHECK_EQ(ask(p[1], FIONREAD), 8);
	CHECK(ask(p[0], SIOCOUTQ) > 0);
	CHECK_EQ(getsockopt(p[1], SOL_SOCKET, SO_PEEK_OFF, &value, &len), 0);
	CHECK_EQ(value, -1);
	CHECK_EQ(setsockopt(p[1], SOL_SOCKET, SO_PEEK_OFF, &off, sizeof(off)), 0);
	CHECK_EQ(recv(p[1], buf, 3, MSG_PEEK), 3);
	CHECK_EQ(recv(p[1], buf, 3, MSG_PEEK), 3);
	CHECK(memcmp(buf, "def", 3) == 0);
	CHECK_EQ(recv(p[1], buf, 2, 0), 2); /* moves the offset back */
	CHECK(memcmp(buf, "ab", 2) == 0);
	CHECK_EQ(recv(p[1], buf, 16, MSG_PEEK), 2);
	CHECK(memcmp(buf, "gh", 2) == 0);
	CHECK_ERR(recv(p[1], buf, 16, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
	CHECK_EQ(setsockopt(p[1], SOL_SOCKET, SO_PEEK_OFF, &minus, sizeof(minus)), 0);
	CHECK_EQ(recv(p[1], buf, 16, MSG_PEEK), 6);
	CHECK_EQ(recv(p[1], buf, 16, MSG_PEEK), 6);
	CHECK_EQ(ask(p[1], FIONREAD), 6);
	CHECK_EQ(recv(p[1], buf, 16, 0), 6);
	CHECK_EQ(ask(p[1], SIOCINQ), 0);
	CHECK_EQ(ask(p[0], SIOCOUTQ), 0);

	CHECK_EQ(setsockopt(p[1], SOL_SOCKET, SO_RCVLOWAT, &low, sizeof(low)), 0);
	CHECK_EQ(write(p[0], "xy", 2), 2);
	CHECK_EQ(recv(p[1], buf, 16, MSG_DONTWAIT), 2); /* less, but it does not wait */

	pair(SOCK_DGRAM, p);
	CHECK_EQ(write(p[0], "abcd", 4), 4);
	CHECK_EQ(write(p[0], "ef", 2), 2);
	CHECK_EQ(ask(p[1], FIONREAD), 4); /* the first one's */
	CHECK_EQ(read(p[1], buf, 1), 1);
	CHECK_EQ(ask(p[1], FIONREAD), 2);

	listener = un_bound(SOCK_STREAM, 1, &a, &alen);
	CHECK_EQ(ask(listener, FIONREAD), -EINVAL);
	return TEST_RESULT;
}
