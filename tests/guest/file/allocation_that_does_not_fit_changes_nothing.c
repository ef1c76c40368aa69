/* fallocate that comes to the end of a full file system in the middle of what is allocated. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#define PAGES 64L

static long free_pages(void)
{
	struct statfs st;

	REQUIRE(statfs("/tmp/m", &st) == 0);
	return (long)st.f_bfree;
}

int main(void)
{
	struct stat st;
	int fd, fill;

	REQUIRE(mkdir("/tmp/m", 0755) == 0);
	if (mount("none", "/tmp/m", "tmpfs", 0, "size=256k") < 0)
		skip("no mount here");
	fd = open("/tmp/m/f", O_RDWR | O_CREAT, 0600);
	fill = open("/tmp/m/fill", O_RDWR | O_CREAT, 0600);
	REQUIRE(fd >= 0 && fill >= 0 && free_pages() == PAGES);
	/* allocated, never written, and longer than what is asked for */
	CHECK_EQ(fallocate(fd, FALLOC_FL_KEEP_SIZE, 20 * 4096, 20 * 4096), 0);
	CHECK_EQ(fallocate(fill, 0, 0, 30 * 4096), 0);
	CHECK_ERR(fallocate(fd, 0, 0, 30 * 4096), ENOSPC);
	CHECK_ERR(fallocate(fd, FALLOC_FL_KEEP_SIZE, 25 * 4096, 60 * 4096), ENOSPC);
	CHECK(fstat(fd, &st) == 0 && st.st_size == 0);
	CHECK_EQ(ftruncate(fill, 0), 0);
	CHECK_EQ(fallocate(fd, 0, 0, 30 * 4096), 0);
	CHECK(fstat(fd, &st) == 0 && st.st_size == 30 * 4096);
	CHECK_EQ(ftruncate(fd, 0), 0);
	CHECK_EQ(free_pages(), PAGES);
	CHECK_EQ(close(fd) | close(fill) | umount("/tmp/m"), 0);
	return TEST_RESULT;
}
