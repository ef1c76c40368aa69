/* dup, dup2, dup3, F_DUPFD: numbers, shared offset, close-on-exec, errors. */
#include "../test.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

int main(void)
{
	int fd = open("/tmp/f", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	REQUIRE(fd == 3);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(dup(fd), 4);
	CHECK_EQ(fcntl(4, F_GETFD), 0);
	CHECK_EQ(write(fd, "12345", 5), 5);
	CHECK_EQ(lseek(4, 0, SEEK_CUR), 5);
	CHECK_EQ(lseek(4, 1, SEEK_SET), 1);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 1);
	CHECK_EQ(dup2(fd, 10), 10);
	CHECK_EQ(dup2(fd, fd), fd);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_ERR(dup2(99, 99), EBADF);
	CHECK_ERR(dup2(99, 5), EBADF);
	CHECK_ERR(dup(-1), EBADF);
	CHECK_ERR(dup2(fd, -1), EBADF);
	CHECK_ERR(dup2(fd, 100000), EBADF);
	CHECK_ERR(dup3(fd, fd, 0), EINVAL);
	CHECK_ERR(dup3(fd, 11, O_NONBLOCK), EINVAL);
	CHECK_EQ(dup3(fd, 11, O_CLOEXEC), 11);
	CHECK_EQ(fcntl(11, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(fd, F_DUPFD, 50), 50);
	CHECK_EQ(fcntl(fd, F_DUPFD_CLOEXEC, 50), 51);
	CHECK_EQ(fcntl(51, F_GETFD), FD_CLOEXEC);
	CHECK_ERR(fcntl(fd, F_DUPFD, -1), EINVAL);
	CHECK_ERR(fcntl(fd, F_DUPFD, 100000), EINVAL);
	CHECK_EQ(close(3), 0);
	CHECK_EQ(lseek(4, 0, SEEK_CUR), 1);
	CHECK_EQ(dup(4), 3);
	CHECK_EQ(dup2(1, 3), 3);
	CHECK_EQ(close(4), 0);
	CHECK_ERR(close(4), EBADF);
	return TEST_RESULT;
}
