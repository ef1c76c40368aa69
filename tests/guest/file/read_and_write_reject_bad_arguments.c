/* Bad fds, bad buffers, zero lengths, directories; nothing moves the offset. */
#include "../test.h"
#include <fcntl.h>
#include <sys/syscall.h>

int main(void)
{
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600), dir = open("/tmp", O_RDONLY);
	char text[16];

	REQUIRE(fd >= 0 && dir >= 0 && write(fd, "0123456789", 10) == 10);
	REQUIRE(lseek(fd, 3, SEEK_SET) == 3);
	CHECK_ERR(read(-1, text, 1), EBADF);
	CHECK_ERR(read(999, text, 1), EBADF);
	CHECK_ERR(write(0x7fffffff, text, 1), EBADF);
	CHECK_EQ(sys3(SYS_read, fd, BAD_HIGH, 4), -EFAULT);
	CHECK_EQ(sys3(SYS_read, fd, NULL, 4), -EFAULT);
	CHECK_EQ(sys3(SYS_write, fd, BAD_LOW, 4), -EFAULT);
	CHECK_EQ(sys3(SYS_write, fd, BAD_EDGE, 4), -EFAULT);
	CHECK_EQ(sys3(SYS_read, fd, NULL, 0), 0);
	CHECK_EQ(sys3(SYS_write, fd, NULL, 0), 0);
	CHECK_EQ(sys3(SYS_read, fd, text, -1L), -EFAULT);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 3);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 10);
	CHECK_ERR(read(dir, text, 1), EISDIR);
	CHECK_ERR(write(dir, text, 1), EBADF);
	CHECK_ERR(pread(fd, text, 1, -1), EINVAL);
	CHECK_ERR(pwrite(fd, text, 1, -1), EINVAL);
	CHECK_EQ(read(fd, text, 16), 0);
	CHECK_EQ(pread(fd, text, 16, 1L << 40), 0);
	return TEST_RESULT;
}
