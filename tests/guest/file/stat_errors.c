/* Bad paths, pointers, flags and fds for the whole stat family. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

int main(void)
{
	struct stat st;
	struct statx x;
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0644);

	REQUIRE(fd >= 0);
	CHECK_EQ(sys2(SYS_stat, "/tmp/f", BAD_HIGH), -EFAULT);
	CHECK_EQ(sys2(SYS_stat, BAD_LOW, &st), -EFAULT);
	CHECK_EQ(sys2(SYS_lstat, "/no/such", &st), -ENOENT);
	CHECK_EQ(sys2(SYS_stat, "", &st), -ENOENT);
	CHECK_EQ(sys2(SYS_stat, "/tmp/f/x", &st), -ENOTDIR);
	CHECK_EQ(sys2(SYS_stat, "/tmp/f/", &st), -ENOTDIR);
	CHECK_EQ(sys2(SYS_stat, "/tmp/f/.", &st), -ENOTDIR);
	CHECK_EQ(sys2(SYS_fstat, -1, &st), -EBADF);
	CHECK_EQ(sys2(SYS_fstat, fd, NULL), -EFAULT);
	CHECK_EQ(sys4(SYS_newfstatat, fd, "x", &st, 0), -ENOTDIR);
	CHECK_EQ(sys4(SYS_newfstatat, 999, "x", &st, 0), -EBADF);
	CHECK_EQ(sys4(SYS_newfstatat, 999, "/tmp/f", &st, 0), 0);
	CHECK_EQ(sys4(SYS_newfstatat, fd, "", &st, 0), -ENOENT);
	CHECK_EQ(sys4(SYS_newfstatat, fd, "", &st, 0x800000), -EINVAL);
	CHECK_EQ(sys5(SYS_statx, AT_FDCWD, "/tmp/f", 0x800000, STATX_SIZE, &x), -EINVAL);
	CHECK_EQ(sys5(SYS_statx, AT_FDCWD, "/tmp/f", 0, 0x80000000, &x), -EINVAL);
	CHECK_EQ(sys5(SYS_statx, AT_FDCWD, "/tmp/f", 0x6000, STATX_SIZE, &x), -EINVAL);
	CHECK_EQ(sys5(SYS_statx, AT_FDCWD, "/tmp/f", 0, STATX_SIZE, BAD_HIGH), -EFAULT);
	CHECK_EQ(sys5(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_SIZE, &x), 0);
	CHECK_EQ(x.stx_size, 0);
	return TEST_RESULT;
}
