/* The xattr calls by name, link, descriptor and directory: name spaces, flags, sizes, errors. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

static char big[70000];

static void set_and_get(int fd)
{
	char value[16] = "";

	CHECK_EQ(setxattr("f", "user.a", "one", 3, XATTR_CREATE), 0);
	CHECK_ERR(setxattr("f", "user.a", "x", 1, XATTR_CREATE), EEXIST);
	CHECK_ERR(setxattr("f", "user.b", "x", 1, XATTR_REPLACE), ENODATA);
	CHECK_ERR(setxattr("f", "user.a", "x", 1, 4), EINVAL);
	CHECK_EQ(setxattr("f", "user.a", "three", 5, XATTR_REPLACE), 0);
	CHECK_EQ(getxattr("f", "user.a", NULL, 0), 5);
	CHECK_ERR(getxattr("f", "user.a", value, 4), ERANGE);
	CHECK_EQ(lgetxattr("f", "user.a", value, sizeof(value)), 5);
	CHECK_EQ(memcmp(value, "three", 5), 0);
	CHECK_EQ(fsetxattr(fd, "user.empty", "", 0, 0), 0);
	CHECK_EQ(fgetxattr(fd, "user.empty", value, sizeof(value)), 0);
	CHECK_EQ(listxattr("f", NULL, 0), 18);
	CHECK_ERR(listxattr("f", value, 5), ERANGE);
	CHECK_EQ(flistxattr(fd, big, sizeof(big)), 18);
	CHECK_EQ(fremovexattr(fd, "user.empty"), 0);
	CHECK_ERR(removexattr("f", "user.empty"), ENODATA);
	CHECK_ERR(fgetxattr(fd, "user.empty", value, 1), ENODATA);
}

static void names_and_values(int fd)
{
	char name[300] = "user.";

	memset(name + 5, 'n', 250);
	CHECK_EQ(setxattr("f", name, "v", 1, 0), 0);
	CHECK_EQ(removexattr("f", name), 0);
	name[255] = 'n';
	CHECK_ERR(setxattr("f", name, "v", 1, 0), ERANGE);
	CHECK_ERR(setxattr("f", "", "v", 1, 0), ERANGE);
	CHECK_ERR(setxattr("f", "user.", "v", 1, 0), EINVAL);
	CHECK_ERR(getxattr("f", "user.", big, 1), EINVAL);
	CHECK_ERR(setxattr("f", "other.a", "v", 1, 0), EOPNOTSUPP);
	CHECK_ERR(setxattr("f", "plain", "v", 1, 0), EOPNOTSUPP);
	CHECK_ERR(setxattr("f", "user.a", big, 65537, 0), E2BIG);
	CHECK_EQ(sys5(SYS_setxattr, "f", "user.a", BAD_LOW, 4, 0), -EFAULT);
	CHECK_EQ(sys5(SYS_setxattr, "f", BAD_LOW, "v", 1, 0), -EFAULT);
	CHECK_EQ(sys5(SYS_setxattr, BAD_LOW, "user.a", "v", 1, 0), -EFAULT);
	CHECK_EQ(sys4(SYS_getxattr, "f", "user.a", BAD_LOW, 100), -EFAULT);
	CHECK_EQ(sys3(SYS_listxattr, "f", BAD_LOW, 100), -EFAULT);
	CHECK_ERR(setxattr("none", "user.a", "v", 1, 0), ENOENT);
	CHECK_ERR(fsetxattr(-1, "user.a", "v", 1, 0), EBADF);
	CHECK_ERR(fsetxattr(fd, "user.a", "v", 1, 0), EBADF);
}

static void by_kind(void)
{
	int fds[2];

	CHECK_EQ(setxattr("l", "user.l", "v", 1, 0), 0); /* the file */
	CHECK_EQ(getxattr("f", "user.l", NULL, 0), 1);
	CHECK_ERR(lsetxattr("l", "user.l", "v", 1, 0), EPERM);
	CHECK_ERR(lgetxattr("l", "user.l", NULL, 0), ENODATA);
	CHECK_ERR(setxattr("p", "user.a", "v", 1, 0), EPERM);
	CHECK_ERR(getxattr("p", "user.a", NULL, 0), ENODATA);
	CHECK_EQ(setxattr("d", "user.d", "v", 1, 0), 0);
	REQUIRE(pipe(fds) == 0);
	CHECK_ERR(fsetxattr(fds[0], "user.a", "v", 1, 0), EPERM);
	CHECK_EQ(flistxattr(fds[0], NULL, 0), 0);
	if (geteuid() != 0)
		return;
	CHECK_EQ(lsetxattr("l", "trusted.l", "v", 1, 0), 0);
	CHECK_EQ(llistxattr("l", NULL, 0), 10);
	CHECK_EQ(lremovexattr("l", "trusted.l"), 0);
	CHECK_EQ(setxattr("f", "trusted.t", "v", 1, 0), 0);
	REQUIRE(seteuid(1000) == 0);
	CHECK_ERR(setxattr("f", "trusted.t", "v", 1, 0), EPERM);
	CHECK_ERR(getxattr("f", "trusted.t", NULL, 0), ENODATA);
	CHECK_ERR(setxattr("f", "user.a", "v", 1, 0), EACCES);
	CHECK_ERR(getxattr("f", "user.a", NULL, 0), EACCES);
	REQUIRE(seteuid(0) == 0);
}

struct args {
	uint64_t value;
	uint32_t size, flags;
};

static void below_a_directory(int dir)
{
	char value[8] = "";
	struct args set = { (uintptr_t)"at", 2, 0 }, get = { (uintptr_t)value, 8, 0 };
	char longer[24] = "";

	if (sys6(463, dir, (long)"f", 0, (long)"user.at", (long)&set, 16) == -ENOSYS)
		return; /* Linux before 6.13 */
	CHECK_EQ(sys6(464, dir, (long)"f", 0, (long)"user.at", (long)&get, 16), 2);
	CHECK_EQ(memcmp(value, "at", 2), 0);
	CHECK_EQ(sys6(463, dir, (long)"f", 1, (long)"user.at", (long)&set, 16), -EINVAL);
	CHECK_EQ(sys6(463, dir, (long)"f", 0, (long)"user.at", (long)&set, 15), -EINVAL);
	CHECK_EQ(sys6(463, dir, (long)"f", 0, (long)"user.at", (long)&set, 5000), -E2BIG);
	CHECK_EQ(sys6(463, dir, (long)"f", 0, (long)"user.at", 8, 16), -EFAULT);
	memcpy(longer, &set, 16);
	CHECK_EQ(sys6(463, dir, (long)"f", 0, (long)"user.at", (long)longer, 24), 0);
	longer[20] = 1;
	CHECK_EQ(sys6(463, dir, (long)"f", 0, (long)"user.at", (long)longer, 24), -E2BIG);
	get.flags = 1;
	CHECK_EQ(sys6(464, dir, (long)"f", 0, (long)"user.at", (long)&get, 16), -EINVAL);
	CHECK_EQ(sys5(465, dir, "l", AT_SYMLINK_NOFOLLOW, big, sizeof(big)), 0);
	CHECK(sys5(465, dir, "f", 0, big, sizeof(big)) > 0);
	CHECK_EQ(sys5(465, dir, "", 0, big, sizeof(big)), -ENOENT);
	CHECK(sys5(465, dir, "", AT_EMPTY_PATH, big, sizeof(big)) >= 0);
	CHECK_EQ(sys4(466, dir, "f", 0, "user.at"), 0);
	CHECK_EQ(sys4(466, dir, "f", 0, "user.at"), -ENODATA);
}

int main(void)
{
	int fd, path, dir;

	REQUIRE(mkdir("/tmp/x", 0755) == 0 && chdir("/tmp/x") == 0);
	fd = open("f", O_CREAT | O_RDWR, 0600);
	path = open("f", O_PATH);
	dir = open(".", O_RDONLY);
	REQUIRE(fd >= 0 && path >= 0 && dir >= 0);
	REQUIRE(symlink("f", "l") == 0 && mkfifo("p", 0600) == 0 && mkdir("d", 0755) == 0);
	if (setxattr("f", "user.t", "v", 1, 0) < 0)
		skip("no user attributes on tmpfs: Linux before 6.6");
	CHECK_EQ(removexattr("f", "user.t"), 0);
	set_and_get(fd);
	names_and_values(path);
	by_kind();
	below_a_directory(dir);
	return TEST_RESULT;
}
