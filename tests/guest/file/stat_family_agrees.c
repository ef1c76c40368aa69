/* stat, fstat, lstat, newfstatat and statx tell the same of files, directories, links. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

static void compare(const struct stat *s, const struct statx *x)
{
	CHECK_EQ(s->st_ino, x->stx_ino);
	CHECK_EQ(s->st_mode, x->stx_mode);
	CHECK_EQ(s->st_nlink, x->stx_nlink);
	CHECK_EQ(s->st_uid, x->stx_uid);
	CHECK_EQ(s->st_gid, x->stx_gid);
	CHECK_EQ(s->st_size, x->stx_size);
	CHECK_EQ(s->st_blocks, x->stx_blocks);
	CHECK_EQ(s->st_blksize, x->stx_blksize);
	CHECK_EQ(s->st_dev, makedev(x->stx_dev_major, x->stx_dev_minor));
	CHECK_EQ(s->st_rdev, makedev(x->stx_rdev_major, x->stx_rdev_minor));
	CHECK_EQ(s->st_mtim.tv_sec, x->stx_mtime.tv_sec);
	CHECK_EQ(s->st_mtim.tv_nsec, x->stx_mtime.tv_nsec);
	CHECK_EQ(s->st_ctim.tv_nsec, x->stx_ctime.tv_nsec);
}

int main(void)
{
	static const char *const paths[] = { "/tmp/f", "/tmp/d", "/tmp/l", "/tmp", "/", "/dev/null",
					     "/dev", "/bin/cat", "/etc/passwd", "/proc/self/exe" };
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0644);
	struct stat a, b, c;
	struct statx x;

	REQUIRE(fd >= 0 && write(fd, "12345", 5) == 5 && mkdir("/tmp/d", 0700) == 0 &&
		symlink("f", "/tmp/l") == 0);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int one;

		CHECK_EQ(stat(paths[i], &a), 0);
		CHECK_EQ(fstatat(AT_FDCWD, paths[i], &b, 0), 0);
		CHECK(memcmp(&a, &b, sizeof(a)) == 0);
		CHECK_EQ(statx(AT_FDCWD, paths[i], 0, STATX_BASIC_STATS, &x), 0);
		CHECK_EQ(x.stx_mask & STATX_BASIC_STATS, STATX_BASIC_STATS);
		compare(&a, &x);
		one = open(paths[i], O_RDONLY);
		CHECK(one >= 0 && fstat(one, &c) == 0);
		CHECK_EQ(c.st_ino, a.st_ino);
		CHECK_EQ(c.st_dev, a.st_dev);
		CHECK_EQ(c.st_mode, a.st_mode);
		close(one);
	}
	CHECK(stat("/tmp/f", &a) == 0 && stat("/tmp/l", &b) == 0 && a.st_ino == b.st_ino);
	CHECK(lstat("/tmp/l", &c) == 0 && S_ISLNK(c.st_mode) && c.st_size == 1);
	CHECK_EQ(c.st_mode & 0777, 0777);
	CHECK(a.st_size == 5 && a.st_nlink == 1 && a.st_uid == 0 && a.st_gid == 0);
	CHECK(stat("/tmp/d", &a) == 0 && a.st_mode == (S_IFDIR | 0700) && a.st_nlink == 2);
	CHECK(stat("/dev/null", &a) == 0 && S_ISCHR(a.st_mode) && a.st_rdev == makedev(1, 3));
	CHECK_EQ(fstatat(fd, "", &a, AT_EMPTY_PATH), 0);
	CHECK_EQ(a.st_size, 5);
	CHECK_EQ(fstatat(AT_FDCWD, "/tmp/l", &a, AT_SYMLINK_NOFOLLOW), 0);
	CHECK(S_ISLNK(a.st_mode));
	return TEST_RESULT;
}
