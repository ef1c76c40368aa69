/* getsockopt and setsockopt at SOL_SOCKET: types, sizes, limits, errors. */
#include "socket.h"
#include <netinet/in.h>

static int get(int s, int name)
{
	int value = -12345;
	socklen_t len = sizeof(value);

	if (getsockopt(s, SOL_SOCKET, name, &value, &len) < 0)
		return -errno;
	CHECK_EQ(len, sizeof(value));
	return value;
}

static int set(int s, int name, int value)
{
	return setsockopt(s, SOL_SOCKET, name, &value, sizeof(value)) < 0 ? -errno : 0;
}

int main(void)
{
	int s = socket(AF_UNIX, SOCK_STREAM, 0), d = socket(AF_UNIX, SOCK_RAW, 0), value = 1;
	struct timeval tv = { 1, 1000000 };
	struct linger linger = { 1, 7 };
	char byte = 77;
	socklen_t len;

	CHECK_ERR(getsockopt(s, SOL_SOCKET, SO_TYPE, &value, NULL), EFAULT);
	len = sizeof(value);
	CHECK_ERR(getsockopt(s, SOL_SOCKET, SO_TYPE, BAD_LOW, &len), EFAULT);
	len = (socklen_t)-1;
	CHECK_ERR(getsockopt(s, SOL_SOCKET, SO_TYPE, &value, &len), EINVAL);
	len = sizeof(value);
	CHECK_ERR(getsockopt(s, SOL_SOCKET, 9999, &value, &len), ENOPROTOOPT);
	CHECK_ERR(getsockopt(s, IPPROTO_TCP, 1, &value, &len), EOPNOTSUPP);
	CHECK_ERR(setsockopt(s, IPPROTO_TCP, 1, &value, len), EOPNOTSUPP);
	CHECK_ERR(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &value, 3), EINVAL);
	CHECK_ERR(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &value, (socklen_t)-1), EINVAL);
	CHECK_ERR(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, BAD_LOW, 4), EFAULT);
	CHECK_EQ(set(s, 9999, 1), -ENOPROTOOPT);
	CHECK_EQ(set(s, SO_TYPE, 1), -ENOPROTOOPT);
	CHECK_EQ(set(s, SO_ERROR, 1), -ENOPROTOOPT);
	CHECK_EQ(set(s, SO_DOMAIN, 1), -ENOPROTOOPT);
	CHECK_EQ(set(s, SO_PROTOCOL, 1), -ENOPROTOOPT);
	CHECK_EQ(set(s, SO_ACCEPTCONN, 1), -ENOPROTOOPT);
	CHECK_EQ(set(s, SO_SNDLOWAT, 1), -ENOPROTOOPT);

	CHECK_EQ(get(s, SO_TYPE), SOCK_STREAM);
	CHECK_EQ(get(d, SO_TYPE), SOCK_DGRAM);
	CHECK_EQ(get(s, SO_DOMAIN), AF_UNIX);
	CHECK_EQ(get(s, SO_PROTOCOL), 0);
	CHECK_EQ(get(s, SO_ERROR), 0);
	CHECK_EQ(get(s, SO_ACCEPTCONN), 0);
	CHECK_EQ(get(s, SO_SNDLOWAT), 1);
	len = 1;
	CHECK_EQ(getsockopt(s, SOL_SOCKET, SO_TYPE, &byte, &len), 0);
	CHECK(len == 1 && byte == SOCK_STREAM);
	len = 0;
	CHECK_EQ(getsockopt(s, SOL_SOCKET, SO_TYPE, NULL, &len), 0);

	/* Sizes are doubled and have a minimum. */
	CHECK_EQ(get(s, SO_SNDBUF), 212992);
	CHECK_EQ(get(s, SO_RCVBUF), 212992);
	CHECK_EQ(set(s, SO_SNDBUF, 10000), 0);
	CHECK_EQ(get(s, SO_SNDBUF), 20000);
	CHECK_EQ(set(s, SO_SNDBUF, 0), 0);
	CHECK_EQ(get(s, SO_SNDBUF), 4608);
	CHECK_EQ(set(s, SO_RCVBUF, 0), 0);
	CHECK_EQ(get(s, SO_RCVBUF), 2304);
	CHECK_EQ(set(s, SO_RCVBUF, -1), 0);
	CHECK(get(s, SO_RCVBUF) >= 212992);

	CHECK_EQ(get(s, SO_REUSEADDR), 0);
	CHECK_EQ(set(s, SO_REUSEADDR, 5), 0);
	CHECK_EQ(get(s, SO_REUSEADDR), 1);
	CHECK_EQ(set(s, SO_KEEPALIVE, 1), 0);
	CHECK_EQ(get(s, SO_KEEPALIVE), 1);
	CHECK_EQ(set(s, SO_BROADCAST, 1), 0);
	CHECK_EQ(set(s, SO_OOBINLINE, 1), 0);
	CHECK_EQ(set(s, SO_PRIORITY, 3), 0);
	CHECK_EQ(get(s, SO_PRIORITY), 3);
	CHECK_EQ(get(s, SO_PASSCRED), 0);
	CHECK_EQ(set(s, SO_PASSCRED, 1), 0);
	CHECK_EQ(get(s, SO_PASSCRED), 1);
	CHECK_EQ(set(s, SO_RCVLOWAT, 0), 0);
	CHECK_EQ(get(s, SO_RCVLOWAT), 1);
	CHECK_EQ(set(s, SO_RCVLOWAT, -1), 0);
	CHECK_EQ(get(s, SO_RCVLOWAT), 0x7fffffff);

	CHECK_ERR(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), EDOM);
	CHECK_ERR(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &tv, 8), EINVAL);
	tv = (struct timeval){ 3, 250000 };
	CHECK_EQ(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
	memset(&tv, 0xff, sizeof(tv));
	len = sizeof(tv);
	CHECK_EQ(getsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &tv, &len), 0);
	CHECK(tv.tv_sec == 3 && tv.tv_usec >= 250000 && tv.tv_usec < 260000);
	CHECK_EQ(getsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &tv, &len), 0);
	CHECK(tv.tv_sec == 0 && tv.tv_usec == 0 && len == sizeof(tv));

	CHECK_ERR(setsockopt(s, SOL_SOCKET, SO_LINGER, &linger, 4), EINVAL);
	CHECK_EQ(setsockopt(s, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
	memset(&linger, 0, sizeof(linger));
	len = sizeof(linger);
	CHECK_EQ(getsockopt(s, SOL_SOCKET, SO_LINGER, &linger, &len), 0);
	CHECK(linger.l_onoff == 1 && linger.l_linger == 7);
	return TEST_RESULT;
}
