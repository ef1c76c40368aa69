/* fallocate: growing, keeping the size, punching holes; unknown modes. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600), r = open("/tmp/f", O_RDONLY);
	char text[8192];
	struct stat st;

	REQUIRE(fd >= 0 && r >= 0);
	CHECK_EQ(fallocate(fd, 0, 0, 16384), 0);
	CHECK(fstat(fd, &st) == 0 && st.st_size == 16384);
	CHECK_EQ(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 65536), 0);
	CHECK(fstat(fd, &st) == 0 && st.st_size == 16384);
	memset(text, 'x', sizeof(text));
	CHECK_EQ(pwrite(fd, text, 8192, 0), 8192);
	CHECK_EQ(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1000, 5000), 0);
	CHECK_EQ(pread(fd, text, 8192, 0), 8192);
	CHECK(text[999] == 'x' && text[1000] == 0 && text[5999] == 0 && text[6000] == 'x');
	CHECK_ERR(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 4096), EOPNOTSUPP);
	CHECK_ERR(fallocate(fd, 0, 0, 0), EINVAL);
	CHECK_ERR(fallocate(fd, 0, -1, 10), EINVAL);
	CHECK_ERR(fallocate(r, 0, 0, 10), EBADF);
	CHECK_EQ(posix_fallocate(fd, 0, 32768), 0);
	CHECK(fstat(fd, &st) == 0 && st.st_size == 32768);
	return TEST_RESULT;
}
