/* chmod, fchmod, chown and friends: bits, suid clearing on chown, errors. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>

static struct stat look(const char *path)
{
	struct stat st = { 0 };

	CHECK_EQ(lstat(path, &st), 0);
	return st;
}

int main(void)
{
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600);

	REQUIRE(fd >= 0 && symlink("f", "/tmp/l") == 0);
	CHECK_EQ(chmod("/tmp/f", 07755), 0);
	CHECK_EQ(look("/tmp/f").st_mode, S_IFREG | 07755);
	CHECK_EQ(chown("/tmp/f", 1234, 5678), 0);
	CHECK(look("/tmp/f").st_uid == 1234 && look("/tmp/f").st_gid == 5678);
	CHECK_EQ(look("/tmp/f").st_mode & 06000, 0);
	CHECK_EQ(fchown(fd, (uid_t)-1, 9), 0);
	CHECK(look("/tmp/f").st_uid == 1234 && look("/tmp/f").st_gid == 9);
	CHECK_EQ(fchmod(fd, 0640), 0);
	CHECK_EQ(look("/tmp/f").st_mode, S_IFREG | 0640);
	CHECK_EQ(chmod("/tmp/l", 0444), 0);
	CHECK_EQ(look("/tmp/f").st_mode, S_IFREG | 0444);
	CHECK_EQ(lchown("/tmp/l", 1, 2), 0);
	CHECK(look("/tmp/l").st_uid == 1 && look("/tmp/f").st_uid == 1234);
	CHECK_EQ(fchmodat(AT_FDCWD, "/tmp/f", 0600, 0), 0);
	CHECK_EQ(fchownat(fd, "", 0, 0, AT_EMPTY_PATH), 0);
	CHECK_EQ(look("/tmp/f").st_uid, 0);
	CHECK_ERR(chmod("/tmp/none", 0600), ENOENT);
	CHECK_ERR(fchmod(-1, 0600), EBADF);
	CHECK_ERR(chown("/tmp/f/x", 0, 0), ENOTDIR);
	CHECK_ERR(fchownat(AT_FDCWD, "/tmp/f", 0, 0, 0x8000), EINVAL);
	return TEST_RESULT;
}
