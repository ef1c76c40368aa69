/* rename over files and directories, into itself, onto itself, with slashes and flags. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>

static void make(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	REQUIRE(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static bool holds(const char *path, const char *text)
{
	char have[64] = "";
	int fd = open(path, O_RDONLY);
	bool same = fd >= 0 && read(fd, have, sizeof(have) - 1) >= 0 && !strcmp(have, text);

	close(fd);
	return same;
}

int main(void)
{
	struct stat before, after;

	make("/tmp/a", "one");
	make("/tmp/b", "two");
	REQUIRE(mkdir("/tmp/d", 0755) == 0 && mkdir("/tmp/e", 0755) == 0 &&
		mkdir("/tmp/full", 0755) == 0);
	make("/tmp/full/x", "x");
	CHECK_ERR(rename("/tmp/none", "/tmp/c"), ENOENT);
	CHECK_ERR(rename("/tmp/a", "/tmp/none/c"), ENOENT);
	CHECK_ERR(rename("/tmp/a", "/tmp/d"), EISDIR);
	CHECK_ERR(rename("/tmp/d", "/tmp/a"), ENOTDIR);
	CHECK_ERR(rename("/tmp/d", "/tmp/full"), ENOTEMPTY);
	CHECK_ERR(rename("/tmp/d", "/tmp/d/inner"), EINVAL);
	CHECK_ERR(rename("/tmp/a/", "/tmp/c"), ENOTDIR);
	CHECK_ERR(rename("/tmp/a", "/tmp/c/"), ENOTDIR);
	CHECK_ERR(rename("/tmp/.", "/tmp/c"), EBUSY);
	CHECK_ERR(rename("/tmp/d/..", "/tmp/c"), EBUSY);
	REQUIRE(stat("/tmp/a", &before) == 0);
	CHECK_EQ(rename("/tmp/a", "/tmp/b"), 0);
	CHECK(holds("/tmp/b", "one"));
	CHECK(stat("/tmp/b", &after) == 0 && after.st_ino == before.st_ino);
	CHECK_ERR(access("/tmp/a", F_OK), ENOENT);
	CHECK_EQ(rename("/tmp/b", "/tmp/b"), 0);
	CHECK_EQ(rename("/tmp/d", "/tmp/e"), 0);
	CHECK_EQ(rename("/tmp/full", "/tmp/e/moved/"), 0);
	CHECK(holds("/tmp/e/moved/x", "x"));
	CHECK_EQ(link("/tmp/b", "/tmp/b2"), 0);
	CHECK_EQ(rename("/tmp/b", "/tmp/b2"), 0); /* same file: nothing happens */
	CHECK_EQ(access("/tmp/b", F_OK), 0);
	CHECK_ERR(renameat2(AT_FDCWD, "/tmp/b", AT_FDCWD, "/tmp/b2", RENAME_NOREPLACE), EEXIST);
	CHECK_ERR(renameat2(AT_FDCWD, "/tmp/b", AT_FDCWD, "/tmp/z", 0x80), EINVAL);
	make("/tmp/y", "yyy");
	CHECK_EQ(renameat2(AT_FDCWD, "/tmp/b", AT_FDCWD, "/tmp/y", RENAME_EXCHANGE), 0);
	CHECK(holds("/tmp/b", "yyy") && holds("/tmp/y", "one"));
	CHECK_ERR(renameat2(AT_FDCWD, "/tmp/b", AT_FDCWD, "/tmp/z", RENAME_EXCHANGE), ENOENT);
	return TEST_RESULT;
}
