/* FS_IOC_SETFLAGS: what is immutable cannot be changed, what is append-only only grows. */
#include "../test.h"
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

static int set(const char *name, int flags)
{
	int fd = open(name, O_RDONLY), r = ioctl(fd, FS_IOC_SETFLAGS, &flags), e = errno;

	close(fd);
	errno = e;
	return r;
}

static int get(const char *name)
{
	int fd = open(name, O_RDONLY), flags = -1;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
		flags = -1;
	close(fd);
	return flags;
}

static void arguments(void)
{
	int fd = open("f", O_RDONLY), flags = 0, null = open("/dev/null", O_RDONLY), fds[2];

	CHECK_EQ(ioctl(fd, FS_IOC_GETFLAGS, &flags), 0);
	CHECK_EQ(flags, 0);
	CHECK_EQ(sys3(SYS_ioctl, fd, FS_IOC_GETFLAGS, BAD_LOW), -EFAULT);
	CHECK_EQ(sys3(SYS_ioctl, fd, FS_IOC_SETFLAGS, BAD_LOW), -EFAULT);
	flags = FS_ENCRYPT_FL;
	CHECK_ERR(ioctl(fd, FS_IOC_SETFLAGS, &flags), EOPNOTSUPP);
	CHECK_ERR(ioctl(null, FS_IOC_GETFLAGS, &flags), ENOTTY);
	REQUIRE(pipe(fds) == 0);
	CHECK_ERR(ioctl(fds[0], FS_IOC_GETFLAGS, &flags), ENOTTY);
	close(fd);
	fd = open("f", O_PATH);
	CHECK_ERR(ioctl(fd, FS_IOC_GETFLAGS, &flags), EBADF);
	close(fd);
	close(null);
	CHECK_EQ(set("f", FS_NODUMP_FL | FS_NOATIME_FL), 0);
	CHECK_EQ(get("f"), FS_NODUMP_FL | FS_NOATIME_FL);
	CHECK_EQ(set("f", 0), 0);
}

static void immutable(void)
{
	struct timespec then[2] = { { 1, 0 }, { 1, 0 } };
	struct statx stx;
	int before = open("f", O_WRONLY);

	CHECK_EQ(set("f", FS_IMMUTABLE_FL), 0);
	CHECK_EQ(get("f"), FS_IMMUTABLE_FL);
	CHECK_ERR(open("f", O_WRONLY), EPERM);
	CHECK_ERR(open("f", O_RDONLY | O_TRUNC), EPERM);
	CHECK_ERR(access("f", W_OK), EPERM);
	CHECK_EQ(access("f", R_OK), 0);
	CHECK_ERR(truncate("f", 0), EPERM);
	CHECK_ERR(unlink("f"), EPERM);
	CHECK_ERR(rename("f", "g"), EPERM);
	CHECK_ERR(rename("other", "f"), EPERM);
	CHECK_ERR(link("f", "g"), EPERM);
	CHECK_ERR(chmod("f", 0600), EPERM);
	CHECK_ERR(chown("f", 1, 1), EPERM);
	CHECK_ERR(utimensat(AT_FDCWD, "f", then, 0), EPERM);
	CHECK_ERR(utimensat(AT_FDCWD, "f", NULL, 0), EPERM);
	CHECK_ERR(setxattr("f", "user.x", "y", 1, 0), EPERM);
	CHECK_ERR(setxattr("f", "trusted.x", "y", 1, 0), EPERM);
	CHECK_ERR(removexattr("f", "user.x"), EPERM);
	CHECK_EQ(write(before, "w", 1), 1); /* who has it open goes on */
	CHECK_ERR(fallocate(before, 0, 0, 4096), EPERM);
	CHECK_ERR(fchmod(before, 0600), EPERM);
	close(before);
	CHECK_EQ(statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &stx), 0);
	CHECK(stx.stx_attributes_mask & STATX_ATTR_IMMUTABLE);
	CHECK(stx.stx_attributes & STATX_ATTR_IMMUTABLE);
	CHECK_EQ(set("f", 0), 0);
	CHECK_EQ(chmod("f", 0666), 0);
}

static void append_only(void)
{
	struct timespec then[2] = { { 1, 0 }, { 1, 0 } };
	struct statx stx;
	int fd;

	CHECK_EQ(set("f", FS_APPEND_FL), 0);
	CHECK_ERR(open("f", O_WRONLY), EPERM);
	CHECK_ERR(open("f", O_RDWR), EPERM);
	CHECK_ERR(open("f", O_WRONLY | O_APPEND | O_TRUNC), EPERM);
	fd = open("f", O_WRONLY | O_APPEND);
	REQUIRE(fd >= 0);
	CHECK_EQ(write(fd, "more", 4), 4);
	CHECK_ERR(fcntl(fd, F_SETFL, 0), EPERM);
	CHECK_EQ(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK), 0);
	CHECK_ERR(ftruncate(fd, 0), EPERM);
	CHECK_ERR(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096), EPERM);
	CHECK_EQ(fallocate(fd, 0, 0, 4096), 0);
	close(fd);
	CHECK_ERR(truncate("f", 0), EPERM);
	CHECK_ERR(unlink("f"), EPERM);
	CHECK_ERR(link("f", "g"), EPERM);
	CHECK_ERR(chmod("f", 0600), EPERM);
	CHECK_ERR(utimensat(AT_FDCWD, "f", then, 0), EPERM);
	CHECK_EQ(utimensat(AT_FDCWD, "f", NULL, 0), 0);
	CHECK_ERR(setxattr("f", "trusted.x", "y", 1, 0), EPERM);
	CHECK_EQ(statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &stx), 0);
	CHECK(stx.stx_attributes & STATX_ATTR_APPEND);
	CHECK_EQ(set("f", 0), 0);
}

static void directories(void)
{
	int fd;

	CHECK_EQ(mkdir("d", 0777), 0);
	CHECK_EQ(mkdir("d/e", 0777), 0);
	CHECK_EQ(set("d", FS_APPEND_FL), 0);
	CHECK_EQ(mkdir("d/new", 0777), 0);
	CHECK_ERR(rmdir("d/e"), EPERM);
	CHECK_ERR(rename("d/e", "e"), EPERM);
	CHECK_EQ(set("d", FS_IMMUTABLE_FL), 0);
	CHECK_ERR(mkdir("d/more", 0777), EPERM);
	CHECK_ERR(open("d/file", O_CREAT | O_WRONLY, 0600), EPERM);
	CHECK_ERR(rmdir("d/e"), EPERM);
	CHECK_ERR(symlink("x", "d/l"), EPERM);
	CHECK_ERR(open("d", O_TMPFILE | O_RDWR, 0600), EPERM);
	CHECK_ERR(rmdir("d"), EPERM);
	fd = open("d/e", O_RDONLY);
	CHECK(fd >= 0);
	close(fd);
	CHECK_EQ(set("d", 0), 0);
	CHECK(rmdir("d/e") == 0 && rmdir("d/new") == 0 && rmdir("d") == 0);
}

static void others(void)
{
	int fd = open("f", O_RDWR), flags = FS_NODUMP_FL;
	struct fsxattr x;

	CHECK_EQ(fchown(fd, 1000, 1000), 0);
	REQUIRE(seteuid(1000) == 0);
	CHECK_EQ(ioctl(fd, FS_IOC_SETFLAGS, &flags), 0);
	flags |= FS_IMMUTABLE_FL;
	CHECK_ERR(ioctl(fd, FS_IOC_SETFLAGS, &flags), EPERM);
	REQUIRE(seteuid(0) == 0 && seteuid(1001) == 0);
	flags = 0;
	CHECK_ERR(ioctl(fd, FS_IOC_SETFLAGS, &flags), EPERM);
	REQUIRE(seteuid(0) == 0);
	CHECK_EQ(ioctl(fd, FS_IOC_FSGETXATTR, &x), 0);
	CHECK_EQ(x.fsx_xflags, FS_XFLAG_NODUMP);
	x.fsx_xflags = FS_XFLAG_NOATIME;
	CHECK_EQ(ioctl(fd, FS_IOC_FSSETXATTR, &x), 0);
	CHECK_EQ(get("f"), FS_NOATIME_FL);
	CHECK_EQ(sys3(SYS_ioctl, fd, FS_IOC_FSGETXATTR, BAD_LOW), -EFAULT);
	CHECK_EQ(sys3(SYS_ioctl, fd, FS_IOC_FSSETXATTR, BAD_LOW), -EFAULT);
	close(fd);
}

int main(void)
{
	if (geteuid() != 0)
		skip("needs to be root");
	if (unshare(CLONE_NEWNS) < 0 && errno != EPERM)
		skip("no mount namespaces");
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (mount("none", "/tmp", "tmpfs", 0, "mode=777") < 0 || chdir("/tmp") < 0)
		skip("may not mount");
	umask(0);
	close(open("f", O_CREAT | O_RDWR, 0666));
	close(open("other", O_CREAT | O_RDWR, 0666));
	if (get("f") < 0)
		skip("no flags on tmpfs: Linux before 6.6");
	arguments();
	immutable();
	append_only();
	directories();
	others();
	return TEST_RESULT;
}
