/* FICLONE, FIDEDUPERANGE, FIBMAP, FIGETBSZ, FIEMAP: what tmpfs answers, and wrong arguments. */
#include "../test.h"
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static void clones(int src, int dst, int dir, int elsewhere, const int fds[2])
{
	struct file_clone_range r = { .src_fd = src };
	int ro = open("a", O_RDONLY), wo = open("b", O_WRONLY), app = open("b", O_RDWR | O_APPEND);

	CHECK_ERR(ioctl(dst, FICLONE, src), EOPNOTSUPP);
	CHECK_ERR(ioctl(dst, FICLONE, -1), EBADF);
	CHECK_ERR(ioctl(dst, FICLONE, elsewhere), EXDEV);
	CHECK_ERR(ioctl(dst, FICLONE, dir), EISDIR);
	CHECK_ERR(ioctl(dir, FICLONE, src), EISDIR);
	CHECK_ERR(ioctl(dst, FICLONE, wo), EBADF);
	CHECK_ERR(ioctl(ro, FICLONE, src), EBADF);
	CHECK_ERR(ioctl(app, FICLONE, src), EBADF);
	CHECK_ERR(ioctl(fds[1], FICLONE, fds[0]), EINVAL);
	CHECK_ERR(ioctl(dst, FICLONERANGE, &r), EOPNOTSUPP);
	CHECK_EQ(sys3(SYS_ioctl, dst, FICLONERANGE, BAD_LOW), -EFAULT);
	close(ro);
	close(wo);
	close(app);
}

static void dedupe(int src, int dst, int dir)
{
	union {
		struct file_dedupe_range r;
		char room[200];
	} u = { .r = { .src_length = 10, .dest_count = 1 } };
	int wo = open("b", O_WRONLY);

	u.r.info[0].dest_fd = dst;
	CHECK_ERR(ioctl(src, FIDEDUPERANGE, &u), EOPNOTSUPP);
	CHECK_ERR(ioctl(dir, FIDEDUPERANGE, &u), EISDIR);
	CHECK_ERR(ioctl(wo, FIDEDUPERANGE, &u), EINVAL);
	CHECK_EQ(sys3(SYS_ioctl, src, FIDEDUPERANGE, BAD_LOW), -EFAULT);
	u.r.dest_count = 1000;
	CHECK_ERR(ioctl(src, FIDEDUPERANGE, &u), ENOMEM);
	u.r.dest_count = 1;
	u.r.reserved1 = 1;
	CHECK_ERR(ioctl(src, FIDEDUPERANGE, &u), EINVAL);
	close(wo);
}

static void blocks(int fd, int dir, const int fds[2])
{
	int n = 0;

	CHECK_EQ(ioctl(fd, FIGETBSZ, &n), 0);
	CHECK_EQ(n, 4096);
	CHECK_EQ(ioctl(dir, FIGETBSZ, &n), 0);
	n = 0;
	CHECK_EQ(ioctl(fds[0], FIGETBSZ, &n), 0);
	CHECK_EQ(n, 4096);
	CHECK_EQ(sys3(SYS_ioctl, fd, FIGETBSZ, BAD_LOW), -EFAULT);
	n = 0;
	CHECK_ERR(ioctl(fd, FIBMAP, &n), EINVAL);
	CHECK_ERR(ioctl(dir, FIBMAP, &n), ENOTTY);
	REQUIRE(seteuid(1000) == 0);
	CHECK_ERR(ioctl(fd, FIBMAP, &n), EPERM);
	REQUIRE(seteuid(0) == 0);
}

static void maps(int fd)
{
	struct fiemap m = { .fm_length = ~0ull };

	CHECK_ERR(ioctl(fd, FS_IOC_FIEMAP, &m), EOPNOTSUPP);
	CHECK_ERR(ioctl(-1, FS_IOC_FIEMAP, &m), EBADF);
}

int main(void)
{
	int a, b, dir, fds[2], elsewhere = open("/", O_RDONLY);

	if (geteuid() != 0)
		skip("needs to be root");
	if (unshare(CLONE_NEWNS) < 0 && errno != EPERM)
		skip("no mount namespaces");
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (mount("none", "/tmp", "tmpfs", 0, "mode=777") < 0 || chdir("/tmp") < 0)
		skip("may not mount");
	a = open("a", O_CREAT | O_RDWR, 0666);
	b = open("b", O_CREAT | O_RDWR, 0666);
	dir = open(".", O_RDONLY);
	REQUIRE(a >= 0 && b >= 0 && dir >= 0 && pipe(fds) == 0);
	clones(a, b, dir, elsewhere, fds);
	dedupe(a, b, dir);
	blocks(a, dir, fds);
	maps(a);
	return TEST_RESULT;
}
