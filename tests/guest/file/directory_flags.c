/* O_DIRECTORY, O_NOFOLLOW and trailing slashes with openat relative to descriptors. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	int dir, file;

	REQUIRE(mkdir("/tmp/d", 0755) == 0 && mkdir("/tmp/d/e", 0755) == 0);
	file = open("/tmp/d/f", O_RDWR | O_CREAT, 0600);
	dir = open("/tmp/d", O_RDONLY | O_DIRECTORY);
	REQUIRE(dir >= 0 && file >= 0 && symlink("e", "/tmp/d/l") == 0);
	CHECK_ERR(open("/tmp/d/f", O_RDONLY | O_DIRECTORY), ENOTDIR);
	CHECK(openat(dir, "e/", O_RDONLY) >= 0);
	CHECK_ERR(openat(dir, "f/", O_RDONLY), ENOTDIR);
	CHECK_ERR(openat(dir, "l", O_RDONLY | O_NOFOLLOW), ELOOP);
	CHECK_ERR(openat(dir, "l", O_RDONLY | O_NOFOLLOW | O_DIRECTORY), ENOTDIR);
	CHECK(openat(dir, "l/", O_RDONLY | O_NOFOLLOW) >= 0);
	CHECK(openat(dir, "l", O_RDONLY | O_DIRECTORY) >= 0);
	CHECK_ERR(openat(file, "x", O_RDONLY), ENOTDIR);
	CHECK_ERR(openat(-1, "x", O_RDONLY), EBADF);
	CHECK(openat(-1, "/tmp/d", O_RDONLY) >= 0);
	CHECK(openat(dir, "../d/../d/f", O_RDONLY) >= 0);
	CHECK_EQ(mkdirat(dir, "new", 0700), 0);
	CHECK_EQ(renameat(dir, "new", AT_FDCWD, "/tmp/moved"), 0);
	CHECK_EQ(symlinkat("x", dir, "s"), 0);
	CHECK_EQ(unlinkat(dir, "s", 0), 0);
	CHECK_EQ(faccessat(dir, "f", F_OK, 0), 0);
	return TEST_RESULT;
}
