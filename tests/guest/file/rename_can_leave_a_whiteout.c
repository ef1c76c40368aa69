/* renameat2 with RENAME_WHITEOUT: a character device 0:0 stays at the old name. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static int move(const char *from, const char *to, unsigned flags)
{
	return renameat2(AT_FDCWD, from, AT_FDCWD, to, flags);
}

static bool is_whiteout(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0) &&
	       (st.st_mode & 0777) == 0 && st.st_nlink == 1;
}

static void make(const char *path)
{
	REQUIRE(close(open(path, O_CREAT | O_WRONLY, 0600)) == 0);
}

int main(void)
{
	struct stat st;

	make("/tmp/a");
	CHECK_ERR(move("/tmp/a", "/tmp/b", RENAME_WHITEOUT | RENAME_EXCHANGE), EINVAL);
	CHECK_ERR(move("/tmp/none", "/tmp/b", RENAME_WHITEOUT), ENOENT);
	CHECK_ERR(move("/tmp/a", "/tmp/none/b", RENAME_WHITEOUT), ENOENT);
	CHECK_EQ(move("/tmp/a", "/tmp/b", RENAME_WHITEOUT), 0);
	CHECK(is_whiteout("/tmp/a"));
	CHECK(stat("/tmp/b", &st) == 0 && S_ISREG(st.st_mode));
	CHECK_ERR(move("/tmp/b", "/tmp/a", RENAME_WHITEOUT | RENAME_NOREPLACE), EEXIST);
	CHECK_EQ(move("/tmp/b", "/tmp/a", RENAME_WHITEOUT), 0); /* over a whiteout */
	CHECK(is_whiteout("/tmp/b"));
	CHECK(stat("/tmp/a", &st) == 0 && S_ISREG(st.st_mode));
	CHECK_ERR(open("/tmp/b", O_RDONLY), ENXIO);
	/* directories, to another directory */
	REQUIRE(mkdir("/tmp/d", 0755) == 0 && mkdir("/tmp/e", 0755) == 0);
	REQUIRE(mkdir("/tmp/d/sub", 0755) == 0);
	make("/tmp/d/sub/x");
	CHECK_EQ(move("/tmp/d/sub", "/tmp/e/sub", RENAME_WHITEOUT), 0);
	CHECK(is_whiteout("/tmp/d/sub") && access("/tmp/e/sub/x", F_OK) == 0);
	CHECK(stat("/tmp/d", &st) == 0 && st.st_nlink == 2);
	CHECK(stat("/tmp/e", &st) == 0 && st.st_nlink == 3);
	CHECK_ERR(rmdir("/tmp/d"), ENOTEMPTY);
	CHECK_EQ(unlink("/tmp/d/sub"), 0);
	CHECK_EQ(rmdir("/tmp/d"), 0);
	/* making one by hand needs no privilege */
	CHECK_EQ(mknod("/tmp/w", S_IFCHR, makedev(0, 0)), 0);
	CHECK(is_whiteout("/tmp/w"));
	return TEST_RESULT;
}
