/* link: counts, same inode, refusals; linkat with AT_EMPTY_PATH and AT_SYMLINK_FOLLOW. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	int fd = open("/tmp/a", O_RDWR | O_CREAT, 0600);
	struct stat a, b;

	REQUIRE(fd >= 0 && write(fd, "text", 4) == 4 && mkdir("/tmp/d", 0755) == 0);
	CHECK_EQ(link("/tmp/a", "/tmp/b"), 0);
	CHECK(stat("/tmp/a", &a) == 0 && stat("/tmp/b", &b) == 0);
	CHECK(a.st_ino == b.st_ino && a.st_nlink == 2 && b.st_size == 4);
	CHECK_ERR(link("/tmp/a", "/tmp/b"), EEXIST);
	CHECK_ERR(link("/tmp/none", "/tmp/c"), ENOENT);
	CHECK_ERR(link("/tmp/a", "/tmp/none/c"), ENOENT);
	CHECK_ERR(link("/tmp/d", "/tmp/c"), EPERM);
	CHECK_ERR(link("/tmp/a/", "/tmp/c"), ENOTDIR);
	CHECK_ERR(link("/tmp/a", "/dev/c"), EXDEV);
	CHECK_EQ(symlink("a", "/tmp/l"), 0);
	CHECK_EQ(link("/tmp/l", "/tmp/l2"), 0);
	CHECK(lstat("/tmp/l2", &b) == 0 && S_ISLNK(b.st_mode));
	CHECK_EQ(linkat(AT_FDCWD, "/tmp/l", AT_FDCWD, "/tmp/l3", AT_SYMLINK_FOLLOW), 0);
	CHECK(lstat("/tmp/l3", &b) == 0 && b.st_ino == a.st_ino && b.st_nlink == 3);
	CHECK_EQ(linkat(fd, "", AT_FDCWD, "/tmp/e", AT_EMPTY_PATH), 0);
	CHECK_ERR(linkat(fd, "", AT_FDCWD, "/tmp/e2", 0), ENOENT);
	CHECK_ERR(linkat(AT_FDCWD, "/tmp/a", AT_FDCWD, "/tmp/x", 0x80), EINVAL);
	CHECK_EQ(unlink("/tmp/a"), 0);
	CHECK(fstat(fd, &b) == 0 && b.st_nlink == 3);
	return TEST_RESULT;
}
