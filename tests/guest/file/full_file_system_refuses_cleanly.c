/* ENOSPC in a small tmpfs: what is refused changes nothing, what is freed can be used. */
#include "../test.h"
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define SIZE (16 * PAGE)

static char block[SIZE];

static unsigned long room(void)
{
	struct statvfs v;

	REQUIRE(statvfs("/tmp/small", &v) == 0);
	return v.f_bfree * v.f_bsize;
}

static void writes(void)
{
	int fd = open("/tmp/small/f", O_RDWR | O_CREAT, 0600);
	struct stat st;

	memset(block, 'x', sizeof(block));
	CHECK_EQ(room(), SIZE);
	CHECK_EQ(write(fd, block, 10 * PAGE), 10 * PAGE);
	CHECK_EQ(room(), SIZE - 10 * PAGE);
	CHECK_EQ(write(fd, block, SIZE), SIZE - 10 * PAGE); /* what fits */
	CHECK_EQ(room(), 0);
	CHECK_ERR(write(fd, block, 1), ENOSPC);
	CHECK_EQ(pwrite(fd, "yy", 2, 5), 2); /* no new room is needed */
	CHECK(fstat(fd, &st) == 0 && st.st_size == SIZE);
	CHECK_EQ(ftruncate(fd, 4 * SIZE), 0); /* nor for a hole */
	CHECK_ERR(pwrite(fd, block, 1, 2 * SIZE), ENOSPC);
	CHECK_EQ(ftruncate(fd, SIZE - PAGE), 0);
	CHECK_EQ(room(), PAGE);
	CHECK_EQ(unlink("/tmp/small/f"), 0);
	CHECK_EQ(room(), PAGE); /* still open */
	close(fd);
	CHECK_EQ(room(), SIZE);
}

static void allocations(void)
{
	int fd = open("/tmp/small/g", O_RDWR | O_CREAT, 0600);
	struct stat st;
	char c = 0;

	CHECK_EQ(write(fd, block, 2 * PAGE), 2 * PAGE);
	CHECK_ERR(fallocate(fd, 0, 0, SIZE + PAGE), ENOSPC);
	CHECK_EQ(room(), SIZE - 2 * PAGE); /* given back */
	CHECK(fstat(fd, &st) == 0 && st.st_size == 2 * (long)PAGE);
	CHECK(pread(fd, &c, 1, PAGE) == 1 && c == 'x');
	CHECK_EQ(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, SIZE), 0);
	CHECK_EQ(room(), 0);
	CHECK_EQ(pwrite(fd, block, PAGE, 5 * PAGE), PAGE); /* into what was allocated */
	CHECK_EQ(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE), 0);
	CHECK_EQ(room(), PAGE);
	close(fd);
	CHECK_EQ(unlink("/tmp/small/g"), 0);
}

static void limits_of_mount(void)
{
	CHECK_ERR(mount("x", "/tmp/small", "tmpfs", 0, "size=nothing"), EINVAL);
	CHECK_ERR(mount("x", "/tmp/small", "tmpfs", 0, "what=1"), EINVAL);
	CHECK_ERR(mount("x", "/tmp/small", "nofs", 0, NULL), ENODEV);
	CHECK_ERR(mount("x", "/tmp/none", "tmpfs", 0, NULL), ENOENT);
	CHECK_ERR(mount("x", BAD_LOW, "tmpfs", 0, NULL), EFAULT);
	CHECK_ERR(umount("/tmp/none"), ENOENT);
	CHECK_ERR(umount("/tmp"), EBUSY);
}

int main(void)
{
	if (unshare(CLONE_NEWNS) < 0 && errno != EPERM)
		skip("no mount namespaces");
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	REQUIRE(mkdir("/tmp/small", 0755) == 0);
	if (mount("small", "/tmp/small", "tmpfs", 0, "size=64k") < 0)
		skip("may not mount");
	limits_of_mount();
	writes();
	allocations();
	CHECK_EQ(umount("/tmp/small"), 0);
	CHECK_ERR(umount("/tmp/small"), EINVAL);
	return TEST_RESULT;
}
