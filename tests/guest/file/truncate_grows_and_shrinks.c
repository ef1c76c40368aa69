/* truncate and ftruncate: zeros when growing, errors, offset untouched, size limit. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600), fds[2];
	char text[8192];
	struct stat st;

	REQUIRE(fd >= 0 && pipe(fds) == 0 && write(fd, "0123456789", 10) == 10);
	CHECK_EQ(ftruncate(fd, 5), 0);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 10);
	CHECK_EQ(ftruncate(fd, 8000), 0);
	CHECK_EQ(pread(fd, text, sizeof(text), 0), 8000);
	CHECK(memcmp(text, "01234", 5) == 0);
	for (int i = 5; i < 8000; i++)
		if (text[i])
			test_fail("byte %d is not zero", i);
	CHECK_EQ(truncate("/tmp/f", 3), 0);
	CHECK(fstat(fd, &st) == 0 && st.st_size == 3);
	CHECK_ERR(truncate("/tmp/f", -1), EINVAL);
	CHECK_ERR(ftruncate(fd, -1), EINVAL);
	CHECK_ERR(truncate("/tmp", 0), EISDIR);
	CHECK_ERR(truncate("/tmp/none", 0), ENOENT);
	CHECK_ERR(ftruncate(fds[1], 0), EINVAL);
	CHECK_ERR(ftruncate(-1, 0), EBADF);
	CHECK_EQ(truncate("/tmp/f", 1L << 32), 0);
	CHECK(fstat(fd, &st) == 0 && st.st_size == 1L << 32);
	CHECK_EQ(pread(fd, text, 10, (1L << 32) - 5), 5);
	CHECK_EQ(truncate("/tmp/f", 0), 0);
	return TEST_RESULT;
}
