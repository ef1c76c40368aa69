/* Existing, missing parents, dots, not empty, not a directory, busy, trailing slashes. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	struct stat st;

	REQUIRE(close(open("/tmp/f", O_WRONLY | O_CREAT, 0600)) == 0);
	CHECK_EQ(mkdir("/tmp/d", 0755), 0);
	CHECK_ERR(mkdir("/tmp/d", 0755), EEXIST);
	CHECK_ERR(mkdir("/tmp/f", 0755), EEXIST);
	CHECK_ERR(mkdir("/", 0755), EEXIST);
	CHECK_ERR(mkdir("/tmp/d/.", 0755), EEXIST);
	CHECK_ERR(mkdir("/tmp/d/..", 0755), EEXIST);
	CHECK_ERR(mkdir("/tmp/none/d", 0755), ENOENT);
	CHECK_ERR(mkdir("/tmp/f/d", 0755), ENOTDIR);
	CHECK_ERR(mkdir("", 0755), ENOENT);
	CHECK_EQ(mkdir("/tmp/d/e/", 0755), 0);
	CHECK_ERR(rmdir("/tmp/d"), ENOTEMPTY);
	CHECK_ERR(rmdir("/tmp/f"), ENOTDIR);
	CHECK_ERR(rmdir("/tmp/none"), ENOENT);
	CHECK_ERR(rmdir("/tmp/d/."), EINVAL);
	CHECK_ERR(rmdir("/tmp/d/e/.."), ENOTEMPTY);
	CHECK_ERR(rmdir("/"), EBUSY);
	CHECK(stat("/tmp/d", &st) == 0 && st.st_nlink == 3);
	CHECK_EQ(rmdir("/tmp/d/e/"), 0);
	CHECK(stat("/tmp/d", &st) == 0 && st.st_nlink == 2);
	CHECK_EQ(rmdir("/tmp/d"), 0);
	CHECK_ERR(access("/tmp/d", F_OK), ENOENT);
	CHECK_EQ(symlink("nowhere", "/tmp/l"), 0);
	CHECK_ERR(mkdir("/tmp/l", 0755), EEXIST);
	CHECK_ERR(rmdir("/tmp/l"), ENOTDIR);
	return TEST_RESULT;
}
