/* Every whence, results, overflow, negatives, holes, pipes. */
#include "../test.h"
#include <fcntl.h>

int main(void)
{
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600), fds[2];
	char c = 'x';

	REQUIRE(fd >= 0 && pipe(fds) == 0 && write(fd, "0123456789", 10) == 10);
	CHECK_EQ(lseek(fd, 4, SEEK_SET), 4);
	CHECK_EQ(lseek(fd, 2, SEEK_CUR), 6);
	CHECK_EQ(lseek(fd, -1, SEEK_END), 9);
	CHECK_EQ(read(fd, &c, 1), 1);
	CHECK_EQ(c, '9');
	CHECK_ERR(lseek(fd, -1, SEEK_SET), EINVAL);
	CHECK_ERR(lseek(fd, -11, SEEK_CUR), EINVAL);
	CHECK_ERR(lseek(fd, 0, 99), EINVAL);
	CHECK_ERR(lseek(fds[0], 0, SEEK_CUR), ESPIPE);
	CHECK_ERR(lseek(fds[1], 0, SEEK_END), ESPIPE);
	CHECK_ERR(lseek(-1, 0, SEEK_SET), EBADF);
	CHECK_ERR(pread(fds[0], &c, 1, 0), ESPIPE);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 10);
	CHECK_EQ(lseek(fd, 100000, SEEK_SET), 100000);
	CHECK_EQ(read(fd, &c, 1), 0);
	CHECK_EQ(write(fd, "z", 1), 1);
	CHECK_EQ(pread(fd, &c, 1, 50000), 1);
	CHECK_EQ(c, 0);
	CHECK_ERR(lseek(fd, 0x7fffffffffffffff, SEEK_CUR), EINVAL);
	CHECK_ERR(lseek(fd, 100001, SEEK_DATA), ENXIO);
	CHECK_ERR(lseek(fd, 200000, SEEK_HOLE), ENXIO);
	CHECK_EQ(lseek(fd, 0, SEEK_DATA), 0);
	return TEST_RESULT;
}
