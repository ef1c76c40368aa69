/* pread, pwrite, preadv, pwritev and their 2-versions do not touch the file offset. */
#include "../test.h"
#include <fcntl.h>
#include <sys/uio.h>

int main(void)
{
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600);
	char a[4], b[8];
	struct iovec iov[2] = { { a, 4 }, { b, 8 } };

	REQUIRE(fd >= 0 && write(fd, "0123456789ABCDEF", 16) == 16);
	REQUIRE(lseek(fd, 5, SEEK_SET) == 5);
	CHECK_EQ(pread(fd, a, 4, 10), 4);
	CHECK(memcmp(a, "ABCD", 4) == 0);
	CHECK_EQ(preadv(fd, iov, 2, 2), 12);
	CHECK(memcmp(a, "2345", 4) == 0 && memcmp(b, "6789ABCD", 8) == 0);
	CHECK_EQ(preadv(fd, iov, 2, 10), 6);
	CHECK(memcmp(a, "ABCD", 4) == 0 && memcmp(b, "EF", 2) == 0);
	CHECK_EQ(pwritev(fd, iov, 2, 20), 12);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 5);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 32);
	CHECK_EQ(lseek(fd, 5, SEEK_SET), 5);
	/* offset -1 of the 2-versions means the file's own */
	CHECK_EQ(preadv2(fd, iov, 1, -1, 0), 4);
	CHECK(memcmp(a, "5678", 4) == 0);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 9);
	CHECK_EQ(pwritev2(fd, iov, 1, 0, 0), 4);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 9);
	CHECK_ERR(preadv2(fd, iov, 1, 0, 0x40000000), EOPNOTSUPP);
	CHECK_ERR(preadv(fd, iov, 2, -1), EINVAL);
	return TEST_RESULT;
}
