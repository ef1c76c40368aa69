/* Every socket call on no descriptor, on a file that is no socket, and with bad pointers. */
#include "socket.h"

static void on(int fd, int error)
{
	struct sockaddr_un a = un_path("/tmp/none");
	socklen_t len = sizeof(a);
	struct msghdr m = { 0 };
	struct mmsghdr mm = { 0 };
	int value;
	char c;

	CHECK_ERR(bind(fd, (void *)&a, sizeof(a)), error);
	CHECK_ERR(connect(fd, (void *)&a, sizeof(a)), error);
	CHECK_ERR(listen(fd, 1), error);
	CHECK_ERR(accept(fd, NULL, NULL), error);
	CHECK_ERR(accept4(fd, NULL, NULL, SOCK_CLOEXEC), error);
	CHECK_ERR(getsockname(fd, (void *)&a, &len), error);
	CHECK_ERR(getpeername(fd, (void *)&a, &len), error);
	CHECK_ERR(send(fd, "x", 1, 0), error);
	CHECK_ERR(recv(fd, &c, 1, 0), error);
	CHECK_ERR(sendto(fd, "x", 1, 0, (void *)&a, sizeof(a)), error);
	CHECK_ERR(sendmsg(fd, &m, 0), error);
	CHECK_ERR(recvmsg(fd, &m, 0), error);
	CHECK_ERR(sendmmsg(fd, &mm, 1, 0), error);
	CHECK_ERR(recvmmsg(fd, &mm, 1, 0, NULL), error);
	CHECK_ERR(shutdown(fd, SHUT_RD), error);
	len = sizeof(value);
	CHECK_ERR(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len), error);
	CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, len), error);
}

int main(void)
{
	struct sockaddr_un a;
	socklen_t len;
	int s = un_bound(SOCK_STREAM, 1, &a, &len), p[2], d[2];
	struct iovec bad = { BAD_HIGH, 4 }, negative = { &a, (size_t)-1 };
	struct msghdr m = { .msg_iov = &bad, .msg_iovlen = 1 };
	int value = 0;

	on(-1, EBADF);
	on(999, EBADF);
	on(open("/tmp", O_PATH), EBADF);
	on(open("/dev/null", O_RDWR), ENOTSOCK);

	CHECK_ERR(bind(s, BAD_LOW, 20), EFAULT);
	CHECK_ERR(bind(s, (void *)&a, -1), EINVAL);
	CHECK_ERR(bind(s, (void *)&a, 129), EINVAL);
	CHECK_ERR(bind(s, (void *)&a, 111), EINVAL);
	CHECK_ERR(connect(s, BAD_LOW, 20), EFAULT);
	CHECK_ERR(connect(s, (void *)&a, 0), EINVAL);
	CHECK_ERR(connect(open("/dev/null", O_RDWR), BAD_LOW, 20), EFAULT);
	CHECK_ERR(getsockname(s, NULL, NULL), EFAULT);
	CHECK_ERR(getsockname(s, (void *)&a, BAD_LOW), EFAULT);
	len = 4;
	CHECK_ERR(getsockname(s, BAD_LOW, &len), EFAULT);
	len = (socklen_t)-1;
	CHECK_ERR(getsockname(s, (void *)&a, &len), EINVAL);
	CHECK_ERR(getpeername(s, (void *)&a, &len), ENOTCONN);
	CHECK_ERR(accept4(s, NULL, NULL, 1), EINVAL);

	pair(SOCK_STREAM, p);
	pair(SOCK_DGRAM, d);
	CHECK_ERR(send(p[0], BAD_HIGH, 4, 0), EFAULT);
	CHECK_ERR(send(p[0], BAD_LOW, 4, 0), EFAULT);
	CHECK_ERR(send(d[0], BAD_LOW, 4, 0), EFAULT);
	CHECK_EQ(sys6(SYS_sendto, -1, (long)BAD_HIGH, 4, 0, 0, 0), -EFAULT);
	CHECK_EQ(send(p[0], "abcd", 4, 0), 4);
	CHECK_ERR(recv(p[1], BAD_LOW, 4, 0), EFAULT);
	CHECK_EQ(sys3(SYS_read, p[1], BAD_LOW, 4), -EFAULT);
	CHECK_EQ(recv(p[1], &value, 4, 0), 4); /* nothing was lost */
	CHECK_EQ(send(d[0], "abcd", 4, 0), 4);
	CHECK_ERR(recv(d[1], BAD_LOW, 4, 0), EFAULT);
	CHECK_ERR(recv(d[1], &value, 4, MSG_DONTWAIT), EAGAIN); /* a datagram is */

	CHECK_ERR(sendmsg(p[0], BAD_LOW, 0), EFAULT);
	CHECK_ERR(recvmsg(p[0], BAD_LOW, MSG_DONTWAIT), EFAULT);
	CHECK_ERR(sendmsg(p[0], &m, 0), EFAULT);
	m.msg_iovlen = 1025;
	CHECK_ERR(sendmsg(p[0], &m, 0), EMSGSIZE);
	CHECK_ERR(recvmsg(p[0], &m, 0), EMSGSIZE);
	m.msg_iovlen = (size_t)-1;
	CHECK_ERR(sendmsg(p[0], &m, 0), EMSGSIZE);
	m.msg_iovlen = 1;
	m.msg_iov = BAD_LOW;
	CHECK_ERR(sendmsg(p[0], &m, 0), EFAULT);
	m.msg_iov = &negative;
	CHECK_ERR(sendmsg(p[0], &m, 0), EINVAL);
	CHECK_ERR(recvmsg(p[0], &m, MSG_DONTWAIT), EINVAL);
	m.msg_iovlen = 0;
	m.msg_name = &a;
	m.msg_namelen = (socklen_t)-1;
	CHECK_ERR(sendmsg(p[0], &m, 0), EINVAL);
	CHECK_ERR(recvmsg(p[0], &m, MSG_DONTWAIT), EINVAL);
	CHECK_EQ(sys3(SYS_sendmsg, p[0], &m, 0x80000000u), -EINVAL);
	CHECK_EQ(sys3(SYS_recvmsg, p[0], &m, 0x80000000u), -EINVAL);
	CHECK_ERR(shutdown(p[0], 3), EINVAL);
	CHECK_ERR(shutdown(p[0], -1), EINVAL);
	return TEST_RESULT;
}
