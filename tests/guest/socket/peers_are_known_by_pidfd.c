/* SO_PEERPIDFD and SO_PASSPIDFD: a descriptor of the process at the other end. */
#include "socket.h"
#include <signal.h>

#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#define SO_PEERPIDFD 77
#endif
#define SCM_PIDFD_TYPE 4

int main(void)
{
	char control[64], data[4];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	int p[2], fd = -1, on = 1, plain = socket(AF_UNIX, SOCK_STREAM, 0);
	socklen_t len = sizeof(fd);
	struct cmsghdr *c;

	pair(SOCK_STREAM, p);
	if (getsockopt(p[0], SOL_SOCKET, SO_PEERPIDFD, &fd, &len) < 0 && errno == ENOPROTOOPT)
		skip("this kernel is too old");
	CHECK(fd > 2);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0), 0);
	CHECK_EQ(ready(fd, POLLIN), 0);
	CHECK_ERR(getsockopt(plain, SOL_SOCKET, SO_PEERPIDFD, &fd, &len), ENODATA);
	int before = dup(0);
	close(before);
	CHECK_ERR(getsockopt(p[0], SOL_SOCKET, SO_PEERPIDFD, BAD_LOW, &len), EFAULT);
	CHECK_EQ(dup(0), before); /* no descriptor was left behind */
	close(before);

	CHECK_EQ(setsockopt(p[1], SOL_SOCKET, SO_PASSPIDFD, &on, sizeof(on)), 0);
	CHECK_EQ(write(p[0], "x", 1), 1);
	CHECK_EQ(recvmsg(p[1], &m, 0), 1);
	c = CMSG_FIRSTHDR(&m);
	REQUIRE(c != NULL);
	CHECK(c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_PIDFD_TYPE);
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	CHECK_EQ(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0), 0);
	return TEST_RESULT;
}
