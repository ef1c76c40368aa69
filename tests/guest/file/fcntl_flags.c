/* F_GETFL, F_SETFL: what can change, what is remembered; unknown commands. */
#include "../test.h"
#include <fcntl.h>

int main(void)
{
	int fd = open("/tmp/f", O_WRONLY | O_CREAT | O_EXCL | O_TRUNC | O_NOFOLLOW, 0600);
	int path = open("/tmp/f", O_PATH);
	int fds[2];

	REQUIRE(fd >= 0 && path >= 0 && pipe(fds) == 0);
	CHECK_EQ(fcntl(fd, F_GETFL) & ~O_NOFOLLOW, 0100000 | O_WRONLY);
	CHECK_EQ(fcntl(fd, F_SETFL, O_NONBLOCK | O_APPEND | O_RDWR | O_CREAT), 0);
	CHECK_EQ(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK | O_APPEND | O_CREAT),
		 O_WRONLY | O_NONBLOCK | O_APPEND);
	CHECK_EQ(fcntl(fd, F_SETFL, 0), 0);
	CHECK_EQ(fcntl(fd, F_GETFL) & (O_NONBLOCK | O_APPEND), 0);
	CHECK_EQ(fcntl(fds[0], F_GETFL), O_RDONLY);
	CHECK_EQ(fcntl(fds[1], F_GETFL), O_WRONLY);
	CHECK_EQ(fcntl(path, F_GETFL) & O_PATH, O_PATH);
	CHECK_EQ(fcntl(path, F_GETFD), 0);
	CHECK_ERR(fcntl(path, F_SETFL, O_NONBLOCK), EBADF);
	CHECK_ERR(fcntl(fd, 9999), EINVAL);
	CHECK_ERR(fcntl(-1, F_GETFD), EBADF);
	CHECK_ERR(fcntl(999, F_SETFD, FD_CLOEXEC), EBADF);
	CHECK_EQ(fcntl(fd, F_SETFD, -1), 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(fd, F_SETFD, 0), 0);
	CHECK_EQ(fcntl(fd, F_GETFD), 0);
	return TEST_RESULT;
}
