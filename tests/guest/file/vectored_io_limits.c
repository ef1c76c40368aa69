/* readv and writev: zero, 1024, 1025 and negative counts, overflow, bad middle segment. */
#include "../test.h"
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

int main(void)
{
	static struct iovec iov[1025];
	static char bytes[1025];
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600);
	struct iovec bad[3] = { { "good", 4 }, { BAD_HIGH, 4 }, { "more", 4 } };

	REQUIRE(fd >= 0);
	for (int i = 0; i < 1025; i++) {
		bytes[i] = (char)('a' + i % 26);
		iov[i] = (struct iovec){ &bytes[i], 1 };
	}
	CHECK_EQ(writev(fd, iov, 0), 0);
	CHECK_EQ(writev(fd, iov, 1024), 1024);
	CHECK_ERR(writev(fd, iov, 1025), EINVAL);
	CHECK_EQ(sys3(SYS_writev, fd, iov, -1), -EINVAL);
	CHECK_EQ(sys3(SYS_writev, fd, NULL, 1), -EFAULT);
	CHECK_EQ(sys3(SYS_readv, fd, BAD_HIGH, 1), -EFAULT);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	memset(bytes, 0, sizeof(bytes));
	CHECK_EQ(readv(fd, iov, 1024), 1024);
	CHECK(bytes[0] == 'a' && bytes[1023] == 'a' + 1023 % 26);
	iov[0].iov_len = (size_t)1 << 63;
	CHECK_ERR(writev(fd, iov, 2), EINVAL);
	iov[0].iov_len = 0x7fffffffffffffff;
	CHECK_EQ(sys3(SYS_writev, -1, iov, 2), -EBADF);
	REQUIRE(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
	/* a segment in the kernel half is refused before anything is written */
	CHECK_ERR(writev(fd, bad, 3), EFAULT);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 0);
	bad[1].iov_base = BAD_LOW;
	CHECK_EQ(writev(fd, bad, 3), 4);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 4);
	return TEST_RESULT;
}
