/*
 * mount, umount2: flags that are kept and shown, binds with what is below, moves, what is busy,
 * lazy and expiring ends.
 */
#include "../test.h"
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

/* The line of mountinfo for a mount point, its options in ret. */
static bool info(const char *point, char *ret, size_t size)
{
	FILE *f = fopen("/proc/self/mountinfo", "r");
	char line[4096], at[1024], options[512];
	bool found = false;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%*d %*d %*s %*s %1023s %511s", at, options) == 2 &&
		    strcmp(at, point) == 0) {
			snprintf(ret, size, "%s", options);
			found = true;
		}
	if (f != NULL)
		fclose(f);
	return found;
}

static void check_options(const char *point, const char *want)
{
	char have[512] = "none";

	info(point, have, sizeof(have));
	if (strcmp(have, want) != 0)
		test_fail("%s has %s, not %s", point, have, want);
}

static void make(const char *path)
{
	int fd = open(path, O_CREAT | O_RDWR, 0644);

	REQUIRE(fd >= 0);
	close(fd);
}

static void flags(void)
{
	struct statvfs v;
	int fd;

	CHECK_EQ(mount("s", "/tmp/a", "tmpfs",
		       MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME, ""), 0);
	check_options("/tmp/a", "rw,nosuid,nodev,noexec,noatime");
	CHECK_EQ(statvfs("/tmp/a", &v), 0);
	CHECK_EQ(v.f_flag & (ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_NOATIME | ST_RDONLY),
		 ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_NOATIME);
	CHECK_EQ(v.f_flag & ST_RELATIME, 0);
	CHECK_EQ(mknod("/tmp/a/null", S_IFCHR | 0666, 0x103), 0);
	CHECK_ERR(open("/tmp/a/null", O_RDONLY), EACCES);
	make("/tmp/a/f");
	CHECK_EQ(chmod("/tmp/a/f", 0755), 0);
	CHECK_ERR(access("/tmp/a/f", X_OK), EACCES);
	CHECK_EQ(mount(NULL, "/tmp/a", NULL, MS_REMOUNT | MS_BIND | MS_NODIRATIME, NULL), 0);
	check_options("/tmp/a", "rw,nodiratime,relatime");
	fd = open("/tmp/a/null", O_RDONLY);
	CHECK(fd >= 0);
	close(fd);
	CHECK_EQ(mount(NULL, "/tmp/a", NULL, MS_REMOUNT | MS_BIND | MS_STRICTATIME, NULL), 0);
	check_options("/tmp/a", "rw");
	fd = open("/tmp/a/f", O_RDWR);
	REQUIRE(fd >= 0);
	CHECK_ERR(mount(NULL, "/tmp/a", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), EBUSY);
	close(fd);
	CHECK_EQ(mount(NULL, "/tmp/a", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
	check_options("/tmp/a", "ro");
	CHECK_ERR(open("/tmp/a/g", O_CREAT | O_RDWR, 0600), EROFS);
	CHECK_ERR(open("/tmp/a/f", O_RDWR), EROFS);
	CHECK_ERR(mkdir("/tmp/a/d", 0700), EROFS);
	CHECK_ERR(chmod("/tmp/a/f", 0700), EROFS);
	CHECK_ERR(unlink("/tmp/a/f"), EROFS);
	CHECK_ERR(rename("/tmp/a/f", "/tmp/a/g"), EROFS);
	CHECK_EQ(umount("/tmp/a"), 0);
}

static void remounts(void)
{
	struct statvfs v;
	int fd;

	CHECK_EQ(mount("s", "/tmp/a", "tmpfs", 0, "size=64k"), 0);
	CHECK_EQ(mount(NULL, "/tmp/a", NULL, MS_REMOUNT, "size=128k"), 0);
	CHECK_EQ(statvfs("/tmp/a", &v), 0);
	CHECK_EQ(v.f_blocks * v.f_frsize, 128 * 1024);
	CHECK_ERR(mount(NULL, "/tmp/a", NULL, MS_REMOUNT, "nonsense=1"), EINVAL);
	CHECK_EQ(mount(NULL, "/tmp/a", NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	CHECK_ERR(open("/tmp/a/g", O_CREAT | O_RDWR, 0600), EROFS);
	CHECK_EQ(mount(NULL, "/tmp/a", NULL, MS_REMOUNT, NULL), 0);
	fd = open("/tmp/a/g", O_CREAT | O_RDWR, 0600);
	CHECK(fd >= 0);
	CHECK_ERR(mount(NULL, "/tmp/a", NULL, MS_REMOUNT | MS_RDONLY, NULL), EBUSY);
	close(fd);
	CHECK_ERR(mount(NULL, "/tmp/b", NULL, MS_REMOUNT, NULL), EINVAL);
	CHECK_ERR(mount(NULL, "/tmp/b", NULL, MS_REMOUNT | MS_BIND, NULL), EINVAL);
	CHECK_EQ(umount("/tmp/a"), 0);
}

static void binds(void)
{
	CHECK_EQ(mount("s", "/tmp/a", "tmpfs", 0, ""), 0);
	CHECK(mkdir("/tmp/a/below", 0700) == 0 && mkdir("/tmp/a/plain", 0700) == 0);
	make("/tmp/a/file");
	CHECK_EQ(mount("t", "/tmp/a/below", "tmpfs", 0, ""), 0);
	make("/tmp/a/below/seen");
	CHECK_EQ(mount("/tmp/a", "/tmp/b", NULL, MS_BIND, NULL), 0);
	CHECK_EQ(access("/tmp/b/file", F_OK), 0);
	CHECK_ERR(access("/tmp/b/below/seen", F_OK), ENOENT);
	CHECK_EQ(umount("/tmp/b"), 0);
	CHECK_EQ(mount("/tmp/a", "/tmp/b", NULL, MS_BIND | MS_REC, NULL), 0);
	CHECK_EQ(access("/tmp/b/below/seen", F_OK), 0);
	CHECK_ERR(umount("/tmp/b"), EBUSY);
	CHECK_EQ(umount2("/tmp/b", MNT_DETACH), 0);
	CHECK_EQ(access("/tmp/a/below/seen", F_OK), 0);
	CHECK_ERR(access("/tmp/b/file", F_OK), ENOENT);
	/* files, and errors */
	CHECK_EQ(mount("/tmp/a/file", "/tmp/f", NULL, MS_BIND, NULL), 0);
	CHECK_ERR(unlink("/tmp/f"), EBUSY);
	CHECK_ERR(rename("/tmp/f", "/tmp/g"), EBUSY);
	CHECK_EQ(umount("/tmp/f"), 0);
	CHECK_ERR(mount("/tmp/a/file", "/tmp/b", NULL, MS_BIND, NULL), ENOTDIR);
	CHECK_ERR(mount("/tmp/a", "/tmp/f", NULL, MS_BIND, NULL), ENOTDIR);
	CHECK_ERR(mount("/tmp/none", "/tmp/b", NULL, MS_BIND, NULL), ENOENT);
	CHECK_ERR(mount(NULL, "/tmp/b", NULL, MS_BIND, NULL), EINVAL);
	CHECK_ERR(mount("", "/tmp/b", NULL, MS_BIND, NULL), EINVAL);
	CHECK_EQ(umount2("/tmp/a", MNT_DETACH), 0);
}

static void moves(void)
{
	CHECK_EQ(mount("s", "/tmp/a", "tmpfs", 0, ""), 0);
	CHECK_EQ(mkdir("/tmp/a/in", 0700), 0);
	make("/tmp/a/file");
	CHECK_ERR(mount("/tmp/a", "/tmp/a/in", NULL, MS_MOVE, NULL), ELOOP);
	CHECK_ERR(mount("/tmp/a/in", "/tmp/b", NULL, MS_MOVE, NULL), EINVAL);
	CHECK_ERR(mount("/tmp/a", "/tmp/f", NULL, MS_MOVE, NULL), EINVAL);
	CHECK_ERR(mount(NULL, "/tmp/b", NULL, MS_MOVE, NULL), EINVAL);
	CHECK_EQ(mount("/tmp/a", "/tmp/b", NULL, MS_MOVE, NULL), 0);
	CHECK_EQ(access("/tmp/b/file", F_OK), 0);
	CHECK_ERR(access("/tmp/a/file", F_OK), ENOENT);
	CHECK_EQ(umount("/tmp/b"), 0);
}

static void ends(void)
{
	int fd;

	CHECK_ERR(umount("/tmp/a"), EINVAL);
	CHECK_ERR(umount("/tmp/none"), ENOENT);
	CHECK_ERR(umount2("/tmp/a", 0x100), EINVAL);
	CHECK_EQ(mount("s", "/tmp/a", "tmpfs", 0, ""), 0);
	make("/tmp/a/f");
	fd = open("/tmp/a/f", O_RDWR);
	CHECK_ERR(umount("/tmp/a"), EBUSY);
	CHECK_ERR(umount2("/tmp/a", MNT_EXPIRE | MNT_FORCE), EINVAL);
	CHECK_ERR(umount2("/tmp/a", MNT_EXPIRE | MNT_DETACH), EINVAL);
	CHECK_ERR(umount2("/tmp/a", MNT_EXPIRE), EBUSY);
	CHECK_EQ(umount2("/tmp/a", MNT_DETACH), 0);
	CHECK_EQ(write(fd, "x", 1), 1);
	close(fd);
	CHECK_EQ(mount("s", "/tmp/a", "tmpfs", 0, ""), 0);
	CHECK_ERR(umount2("/tmp/a", MNT_EXPIRE), EAGAIN);
	CHECK_ERR(access("/tmp/a/none", F_OK), ENOENT); /* it was used */
	CHECK_ERR(umount2("/tmp/a", MNT_EXPIRE), EAGAIN);
	CHECK_EQ(umount2("/tmp/a", MNT_EXPIRE), 0);
	CHECK_ERR(umount("/tmp/a"), EINVAL);
	CHECK_EQ(symlink("a", "/tmp/link"), 0);
	CHECK_EQ(mount("s", "/tmp/link", "tmpfs", 0, ""), 0);
	CHECK_ERR(umount2("/tmp/link", UMOUNT_NOFOLLOW), EINVAL);
	CHECK_EQ(umount2("/tmp/link", 0), 0);
	CHECK_EQ(chdir("/tmp/a"), 0);
	CHECK_EQ(mount("s", "/tmp/a", "tmpfs", 0, ""), 0);
	CHECK_EQ(mount("s", "/tmp/a", "tmpfs", 0, ""), 0);
	CHECK_EQ(umount("/tmp/a"), 0);
	CHECK_EQ(umount("/tmp/a"), 0);
	CHECK_EQ(chdir("/tmp"), 0);
}

static void arguments(void)
{
	CHECK_ERR(mount("s", "/tmp/none", "tmpfs", 0, ""), ENOENT);
	CHECK_ERR(mount("s", "/tmp/f", "tmpfs", 0, ""), ENOTDIR);
	CHECK_ERR(mount("s", "/tmp/a", "nosuchfs", 0, ""), ENODEV);
	CHECK_ERR(mount("s", "/tmp/a", NULL, 0, ""), EINVAL);
	CHECK_ERR(mount("s", "/tmp/a", "tmpfs", 0, "nonsense=1"), EINVAL);
	CHECK_ERR(mount("s", "/tmp/a", "tmpfs", 0, "size=x"), EINVAL);
	CHECK_EQ(sys5(SYS_mount, "s", BAD_LOW, "tmpfs", 0, ""), -EFAULT);
	CHECK_EQ(sys5(SYS_mount, BAD_LOW, "/tmp/a", "tmpfs", 0, ""), -EFAULT);
	CHECK_EQ(sys5(SYS_mount, "s", "/tmp/a", BAD_LOW, 0, ""), -EFAULT);
	CHECK_ERR(mount("none", "/tmp/a", NULL, MS_PRIVATE, NULL), EINVAL);
	CHECK_ERR(mount("none", "/tmp", NULL, MS_PRIVATE | MS_SHARED, NULL), EINVAL);
	CHECK_ERR(mount("none", "/tmp", NULL, MS_PRIVATE | MS_RDONLY, NULL), EINVAL);
	CHECK_EQ(mount("none", "/tmp", NULL, MS_PRIVATE | MS_REC, NULL), 0);
	REQUIRE(seteuid(1000) == 0);
	CHECK_ERR(mount("s", "/tmp/a", "tmpfs", 0, ""), EPERM);
	CHECK_ERR(umount("/tmp"), EPERM);
	REQUIRE(seteuid(0) == 0);
}

static void propagation(void)
{
	char options[512];

	CHECK_EQ(mount("s", "/tmp/a", "tmpfs", 0, ""), 0);
	CHECK_EQ(mkdir("/tmp/a/d", 0755), 0);
	CHECK_EQ(mount(NULL, "/tmp/a", NULL, MS_UNBINDABLE, NULL), 0);
	CHECK_ERR(mount("/tmp/a", "/tmp/b", NULL, MS_BIND, NULL), EINVAL);
	CHECK_EQ(mount(NULL, "/tmp/a", NULL, MS_PRIVATE, NULL), 0);
	CHECK_EQ(mount("/tmp/a", "/tmp/b", NULL, MS_BIND, NULL), 0);
	CHECK_EQ(mount("t", "/tmp/a/d", "tmpfs", 0, ""), 0);
	CHECK(info("/tmp/a/d", options, sizeof(options)));
	CHECK(!info("/tmp/b/d", options, sizeof(options)));
	CHECK_EQ(umount("/tmp/a/d"), 0);
	CHECK_EQ(umount("/tmp/b"), 0);
	CHECK_EQ(umount("/tmp/a"), 0);
}

int main(void)
{
	if (geteuid() != 0)
		skip("needs to be root");
	if (unshare(CLONE_NEWNS) < 0 && errno != EPERM)
		skip("no mount namespaces");
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (mount("none", "/tmp", "tmpfs", 0, "mode=777") < 0)
		skip("may not mount");
	REQUIRE(mkdir("/tmp/a", 0777) == 0 && mkdir("/tmp/b", 0777) == 0);
	make("/tmp/f");
	CHECK_EQ(chdir("/tmp"), 0);
	flags();
	remounts();
	binds();
	moves();
	ends();
	arguments();
	propagation();
	return TEST_RESULT;
}
