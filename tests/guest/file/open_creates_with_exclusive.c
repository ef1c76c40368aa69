/* O_CREAT and O_EXCL: on files, directories, dangling and good symlinks. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	struct stat st;
	int fd;

	CHECK_ERR(open("/tmp/new", O_RDWR), ENOENT);
	CHECK_ERR(open("/tmp/none/new", O_RDWR | O_CREAT, 0600), ENOENT);
	fd = open("/tmp/new", O_RDWR | O_CREAT | O_EXCL, 0640);
	CHECK_EQ(fd, 3);
	CHECK(fstat(fd, &st) == 0 && st.st_mode == (S_IFREG | 0640) && st.st_size == 0);
	CHECK_ERR(open("/tmp/new", O_RDWR | O_CREAT | O_EXCL, 0640), EEXIST);
	CHECK_EQ(open("/tmp/new", O_RDWR | O_CREAT, 0777), 4);
	CHECK(fstat(4, &st) == 0 && (st.st_mode & 0777) == 0640);
	CHECK_ERR(open("/tmp", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
	CHECK_ERR(open("/tmp", O_RDWR | O_CREAT, 0600), EISDIR);
	CHECK_ERR(open("/tmp", O_RDONLY | O_CREAT, 0600), EISDIR);
	CHECK_ERR(open("/tmp", O_WRONLY), EISDIR);
	REQUIRE(symlink("target", "/tmp/link") == 0);
	CHECK_ERR(open("/tmp/link", O_RDONLY), ENOENT);
	CHECK_ERR(open("/tmp/link", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
	CHECK_ERR(open("/tmp/link", O_RDWR | O_NOFOLLOW), ELOOP);
	CHECK_EQ(open("/tmp/link", O_RDWR | O_CREAT, 0600), 5);
	CHECK_EQ(access("/tmp/target", F_OK), 0);
	CHECK_ERR(open("/tmp/brand/", O_RDWR | O_CREAT, 0600), EISDIR);
	CHECK_ERR(open("/tmp/new/", O_RDONLY), ENOTDIR);
	CHECK_ERR(open("", O_RDONLY), ENOENT);
	CHECK_ERR(open("/tmp/new/x", O_RDONLY), ENOTDIR);
	return TEST_RESULT;
}
