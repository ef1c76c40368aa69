/*
 * Everything that would change what is protected, and what is not. Run in a tree that has
 *
 *	up/mid/p/{f,l,d/g,e/,fifo}   protected: up/mid/p
 *	file                         protected
 *	other                        another name of up/mid/p/f
 *	up/mid/free, free            not protected
 *
 * Prints what did not end as it should; the exit status is 1 then.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/socket.h>
#include <sys/xattr.h>
#include <unistd.h>

static int wrong;

static void want(const char *what, long result, int error)
{
	int was = result < 0 ? errno : 0;

	if (was == error)
		return;
	wrong = 1;
	printf("%s: %s, not %s\n", what, strerror(was), strerror(error));
}

#define REFUSED(call) want(#call, (long)(call), EPERM)
#define DONE(call) want(#call, (long)(call), 0)

static long opened(const char *path, int flags)
{
	int fd = open(path, flags, 0644);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : 0;
}

static void names(const char *dir)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "socket" };
	int fd;

	if (chdir(dir) < 0)
		abort();
	REFUSED(opened("new", O_WRONLY | O_CREAT));
	REFUSED(opened(".", O_WRONLY | O_TMPFILE));
	REFUSED(mkdir("new", 0755));
	REFUSED(symlink("x", "new"));
	REFUSED(mknod("new", S_IFIFO | 0600, 0));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	REFUSED(bind(fd, (struct sockaddr *)&address, sizeof(address)));
	close(fd);
	if (chdir("/") < 0)
		abort();
}

static void file(const char *path)
{
	struct timespec times[2] = { { 1, 0 }, { 2, 0 } };
	int fd, flags = 0;
	void *p;

	REFUSED(opened(path, O_WRONLY));
	REFUSED(opened(path, O_RDWR));
	REFUSED(opened(path, O_WRONLY | O_APPEND));
	REFUSED(opened(path, O_RDONLY | O_TRUNC));
	DONE(opened(path, O_RDONLY));
	DONE(opened(path, O_RDONLY | O_CREAT));
	REFUSED(truncate(path, 0));
	REFUSED(chmod(path, 0600));
	REFUSED(chown(path, 1, 1));
	REFUSED(lchown(path, 0, 0));
	REFUSED(utimensat(AT_FDCWD, path, times, 0));
	REFUSED(utimensat(AT_FDCWD, path, NULL, 0));
	REFUSED(setxattr(path, "user.x", "1", 1, 0));
	REFUSED(removexattr(path, "user.x"));
	REFUSED(link(path, "linked"));
	REFUSED(unlink(path));
	REFUSED(rename(path, "renamed"));
	REFUSED(rename("free", path));
	REFUSED(syscall(SYS_renameat2, AT_FDCWD, "free", AT_FDCWD, path, RENAME_EXCHANGE));
	REFUSED(access(path, W_OK));
	DONE(access(path, R_OK));
	fd = open(path, O_RDONLY);
	REFUSED(fchmod(fd, 0600));
	REFUSED(fchown(fd, 1, 1));
	REFUSED(futimens(fd, times));
	REFUSED(fsetxattr(fd, "user.x", "1", 1, 0));
	want("ftruncate", ftruncate(fd, 0), EINVAL);
	want("write", write(fd, "x", 1), EBADF);
	p = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	want("mmap", p == MAP_FAILED ? -1 : 0, EACCES);
	p = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	want("private mmap", p == MAP_FAILED ? -1 : 0, 0);
	if (p != MAP_FAILED)
		*(volatile char *)p = 'x';
	DONE(ioctl(fd, FS_IOC_GETFLAGS, &flags));
	want("is immutable", flags & FS_IMMUTABLE_FL ? 0 : -1, 0);
	flags = 0;
	REFUSED(ioctl(fd, FS_IOC_SETFLAGS, &flags));
	close(fd);
	DONE(opened("/proc/self/fd", O_RDONLY));
}

int main(int argc, char **argv)
{
	struct timespec times[2] = { { 1, 0 }, { 2, 0 } };
	char dir[4096], inside[4200];

	if (argc > 1 && chdir(argv[1]) < 0)
		return 2;
	umask(022);
	if (getcwd(dir, sizeof(dir)) == NULL)
		return 2;
	file("up/mid/p/f");
	file("up/mid/p/d/g");
	file("file");
	file("other");
	snprintf(inside, sizeof(inside), "%s/up/mid/p", dir);
	names(inside);
	snprintf(inside, sizeof(inside), "%s/up/mid/p/d", dir);
	names(inside);
	if (chdir(dir) < 0)
		return 2;
	REFUSED(rename("free", "up/mid/p/new"));
	REFUSED(link("free", "up/mid/p/new"));
	REFUSED(rmdir("up/mid/p/e"));
	REFUSED(chmod("up/mid/p", 0700));
	REFUSED(chown("up/mid/p/e", 1, 1));
	REFUSED(utimensat(AT_FDCWD, "up/mid/p", times, 0));
	REFUSED(setxattr("up/mid/p", "user.x", "1", 1, 0));
	REFUSED(unlink("up/mid/p/l"));
	REFUSED(lchown("up/mid/p/l", 1, 1));
	REFUSED(utimensat(AT_FDCWD, "up/mid/p/l", times, AT_SYMLINK_NOFOLLOW));
	REFUSED(unlink("up/mid/p/fifo"));
	REFUSED(chmod("up/mid/p/fifo", 0600));
	/* What leads there keeps its name. */
	REFUSED(rename("up/mid/p", "q"));
	REFUSED(rename("up/mid", "q"));
	REFUSED(rename("up", "q"));
	DONE(mkdir("dir", 0755));
	REFUSED(syscall(SYS_renameat2, AT_FDCWD, "dir", AT_FDCWD, "up", RENAME_EXCHANGE));
	want("rmdir up", rmdir("up") < 0 ? 0 : -1, 0);
	/* The rest is as ever. */
	DONE(opened("free", O_WRONLY | O_TRUNC));
	DONE(chmod("up/mid/free", 0600));
	DONE(rename("up/mid/free", "up/mid/moved"));
	DONE(unlink("up/mid/moved"));
	DONE(opened("up/mid/new", O_WRONLY | O_CREAT));
	DONE(chmod("up/mid", 0755));
	DONE(mkdir("up/new", 0755));
	DONE(rename("free", "up/new/free"));
	DONE(link("up/new/free", "free2"));
	return wrong;
}
