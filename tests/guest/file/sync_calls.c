/* fsync, fdatasync, sync, syncfs: success on files, EINVAL on pipes, EBADF. */
#include "../test.h"
#include <fcntl.h>

int main(void)
{
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600), dir = open("/tmp", O_RDONLY), fds[2];

	REQUIRE(fd >= 0 && dir >= 0 && pipe(fds) == 0);
	CHECK_EQ(fsync(fd), 0);
	CHECK_EQ(fdatasync(fd), 0);
	CHECK_EQ(fsync(dir), 0);
	CHECK_EQ(syncfs(fd), 0);
	CHECK_ERR(fsync(fds[0]), EINVAL);
	CHECK_ERR(fsync(-1), EBADF);
	CHECK_ERR(fdatasync(999), EBADF);
	sync();
	return TEST_RESULT;
}
