/* unlink: directories, slashes, missing; an open file lives until its last close. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	struct stat st;
	char text[8] = "";
	int fd;

	CHECK_ERR(unlink("/tmp/none"), ENOENT);
	REQUIRE(mkdir("/tmp/d", 0755) == 0);
	CHECK_ERR(unlink("/tmp/d"), EISDIR);
	CHECK_ERR(unlinkat(AT_FDCWD, "/tmp/d", 0x1), EINVAL);
	fd = open("/tmp/d/f", O_RDWR | O_CREAT, 0600);
	REQUIRE(fd >= 0 && write(fd, "alive", 5) == 5);
	CHECK_ERR(unlink("/tmp/d/f/"), ENOTDIR);
	CHECK_ERR(unlink("/tmp/d/f/x"), ENOTDIR);
	CHECK_ERR(unlinkat(AT_FDCWD, "/tmp/d/f", AT_REMOVEDIR), ENOTDIR);
	CHECK_EQ(unlink("/tmp/d/f"), 0);
	CHECK_ERR(unlink("/tmp/d/f"), ENOENT);
	CHECK(fstat(fd, &st) == 0 && st.st_nlink == 0 && st.st_size == 5);
	CHECK_EQ(pread(fd, text, 5, 0), 5);
	CHECK(strcmp(text, "alive") == 0);
	CHECK_EQ(write(fd, "more", 4), 4);
	CHECK_EQ(unlinkat(AT_FDCWD, "/tmp/d", AT_REMOVEDIR), 0);
	CHECK_EQ(close(fd), 0);
	CHECK_EQ(symlink("/tmp/target", "/tmp/l"), 0);
	CHECK_EQ(close(open("/tmp/target", O_WRONLY | O_CREAT, 0600)), 0);
	CHECK_EQ(unlink("/tmp/l"), 0);
	CHECK_EQ(access("/tmp/target", F_OK), 0);
	return TEST_RESULT;
}
