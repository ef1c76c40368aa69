/* O_TMPFILE: no name, can be linked into place; needs write access and a directory. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	char name[64], text[8] = "";
	struct stat st;
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);

	REQUIRE(fd >= 0 && write(fd, "ghost", 5) == 5);
	CHECK(fstat(fd, &st) == 0 && st.st_nlink == 0);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	CHECK_EQ(linkat(AT_FDCWD, name, AT_FDCWD, "/tmp/named", AT_SYMLINK_FOLLOW), 0);
	CHECK(fstat(fd, &st) == 0 && st.st_nlink == 1);
	CHECK_EQ(read(open("/tmp/named", O_RDONLY), text, 8), 5);
	CHECK_ERR(open("/tmp", O_TMPFILE | O_RDONLY, 0600), EINVAL);
	CHECK_ERR(open("/tmp/named", O_TMPFILE | O_RDWR, 0600), ENOTDIR);
	CHECK_ERR(open("/tmp/none", O_TMPFILE | O_RDWR, 0600), ENOENT);
	return TEST_RESULT;
}
