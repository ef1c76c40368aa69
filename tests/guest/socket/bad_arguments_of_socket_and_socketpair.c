/* socket and socketpair with bad families, types, flags, pointers: the error, and no descriptor. */
#include "socket.h"

int main(void)
{
	int fds[2] = { 77, 78 };

	CHECK_EQ(sys3(SYS_socket, -1, SOCK_STREAM, 0), -EAFNOSUPPORT);
	CHECK_EQ(sys3(SYS_socket, 46, SOCK_STREAM, 0), -EAFNOSUPPORT);
	CHECK_EQ(sys3(SYS_socket, 1000, SOCK_STREAM, 0), -EAFNOSUPPORT);
	CHECK_EQ(sys3(SYS_socket, AF_UNSPEC, SOCK_STREAM, 0), -EAFNOSUPPORT);
	CHECK_EQ(sys3(SYS_socket, AF_UNIX, 11, 0), -EINVAL);
	CHECK_EQ(sys3(SYS_socket, AF_UNIX, 15, 0), -EINVAL);
	CHECK_EQ(sys3(SYS_socket, AF_UNIX, 0, 0), -ESOCKTNOSUPPORT);
	CHECK_EQ(sys3(SYS_socket, AF_UNIX, SOCK_RDM, 0), -ESOCKTNOSUPPORT);
	CHECK_EQ(sys3(SYS_socket, AF_UNIX, SOCK_STREAM | 0x10, 0), -EINVAL);
	CHECK_EQ(sys3(SYS_socket, AF_UNIX, SOCK_STREAM | O_APPEND, 0), -EINVAL);
	CHECK_EQ(sys3(SYS_socket, AF_UNIX, -1, 0), -EINVAL);
	CHECK_EQ(sys3(SYS_socket, AF_UNIX, SOCK_STREAM, 2), -EPROTONOSUPPORT);
	CHECK_EQ(sys3(SYS_socket, AF_UNIX, SOCK_STREAM, -1), -EPROTONOSUPPORT);

	CHECK_EQ(sys4(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, NULL), -EFAULT);
	CHECK_EQ(sys4(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, BAD_HIGH), -EFAULT);
	CHECK_EQ(sys4(SYS_socketpair, AF_UNIX, SOCK_STREAM | 0x10, 0, fds), -EINVAL);
	CHECK_EQ(sys4(SYS_socketpair, -1, SOCK_STREAM, 0, NULL), -EFAULT);
	CHECK_EQ(sys4(SYS_socketpair, -1, SOCK_STREAM, 0, fds), -EAFNOSUPPORT);
	fds[0] = 77, fds[1] = 78;
	CHECK_EQ(sys4(SYS_socketpair, AF_UNIX, SOCK_STREAM, 5, fds), -EPROTONOSUPPORT);
	CHECK_EQ(open("/dev/null", O_RDONLY), 3);

	CHECK_EQ(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, AF_UNIX), 4);
	CHECK_EQ(fcntl(4, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(4, F_GETFL), O_RDWR | O_NONBLOCK);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_RAW, 0, fds), 0);
	CHECK(fds[0] == 5 && fds[1] == 6);
	CHECK_EQ(fcntl(5, F_GETFL), O_RDWR);
	CHECK_EQ(fcntl(6, F_GETFD), 0);
	return TEST_RESULT;
}
