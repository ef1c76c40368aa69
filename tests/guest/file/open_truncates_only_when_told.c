/* O_TRUNC empties, keeps mode and inode; not with O_EXCL failing or on devices. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	struct stat before, after;
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600);

	REQUIRE(fd >= 0 && write(fd, "0123456789", 10) == 10 && fstat(fd, &before) == 0);
	CHECK_ERR(open("/tmp/f", O_RDWR | O_CREAT | O_EXCL | O_TRUNC, 0600), EEXIST);
	CHECK(stat("/tmp/f", &after) == 0 && after.st_size == 10);
	CHECK_EQ(open("/tmp/f", O_RDWR), 4);
	CHECK(stat("/tmp/f", &after) == 0 && after.st_size == 10);
	CHECK_EQ(open("/tmp/f", O_WRONLY | O_TRUNC), 5);
	CHECK(stat("/tmp/f", &after) == 0 && after.st_size == 0);
	CHECK_EQ(after.st_ino, before.st_ino);
	CHECK_EQ(after.st_mode, before.st_mode);
	/* the old description keeps its offset; a write there leaves a hole */
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK(stat("/tmp/f", &after) == 0 && after.st_size == 11);
	CHECK(open("/dev/null", O_WRONLY | O_TRUNC) >= 0);
	return TEST_RESULT;
}
