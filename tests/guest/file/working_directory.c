/* chdir, fchdir, getcwd: relative names follow, ERANGE, removed directories. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

int main(void)
{
	char text[4096];
	int fd;

	REQUIRE(mkdir("/tmp/d", 0755) == 0 && mkdir("/tmp/d/e", 0755) == 0 &&
		symlink("d/e", "/tmp/l") == 0);
	CHECK_EQ(chdir("/tmp/d"), 0);
	CHECK_EQ(sys2(SYS_getcwd, text, sizeof(text)), 7);
	CHECK(strcmp(text, "/tmp/d") == 0);
	CHECK_EQ(sys2(SYS_getcwd, text, 6), -ERANGE);
	CHECK_EQ(sys2(SYS_getcwd, text, 0), -ERANGE);
	CHECK_EQ(sys2(SYS_getcwd, text, 7), 7);
	CHECK_EQ(sys2(SYS_getcwd, BAD_HIGH, 100), -EFAULT);
	CHECK_EQ(close(open("f", O_WRONLY | O_CREAT, 0600)), 0);
	CHECK_EQ(access("/tmp/d/f", F_OK), 0);
	CHECK_ERR(chdir("f"), ENOTDIR);
	CHECK_ERR(chdir("none"), ENOENT);
	CHECK_ERR(chdir(""), ENOENT);
	CHECK_EQ(chdir("../l"), 0);
	CHECK(getcwd(text, sizeof(text)) && strcmp(text, "/tmp/d/e") == 0);
	CHECK_EQ(access("../f", F_OK), 0);
	fd = open("/tmp", O_RDONLY);
	CHECK_EQ(fchdir(fd), 0);
	CHECK(getcwd(text, sizeof(text)) && strcmp(text, "/tmp") == 0);
	CHECK_ERR(fchdir(open("/tmp/d/f", O_RDONLY)), ENOTDIR);
	CHECK_ERR(fchdir(-1), EBADF);
	CHECK_EQ(chdir("/../../.."), 0);
	CHECK(getcwd(text, sizeof(text)) && strcmp(text, "/") == 0);
	CHECK_EQ(sys2(SYS_getcwd, text, 2), 2);
	CHECK_EQ(chdir("/tmp/d/e"), 0);
	CHECK_EQ(rmdir("/tmp/d/e"), 0);
	CHECK_EQ(sys2(SYS_getcwd, text, sizeof(text)), -ENOENT);
	CHECK_ERR(open("x", O_WRONLY | O_CREAT, 0600), ENOENT);
	CHECK_EQ(chdir(".."), 0);
	CHECK(getcwd(text, sizeof(text)) && strcmp(text, "/tmp/d") == 0);
	return TEST_RESULT;
}
