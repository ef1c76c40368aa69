/*
 * box.c - the view of files every run gets: the host's root read-only, a throw-away
 * layer on top, empty /tmp, own /dev and /proc.
 *
 * A native run and a run under nacre must see the same world. Tests delete and replace
 * files such as /etc/passwd, as root: natively that must not reach the host, and under
 * nacre it would if nacre had a fault. So nacre runs in a box as well, and whatever then
 * lies in the box's layer is something nacre let through: box_leak() names it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static const char *box_top; /* the source tree */
static int upper_fd = -1;   /* the throw-away layer */

void box_set_top(const char *top)
{
	box_top = top;
}

static int make_device(const char *root, const char *name, int major, int minor)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/dev/%s", root, name);
	if (mknod(path, S_IFCHR | 0666, makedev(major, minor)) != 0)
		return -1;
	return chmod(path, 0666);
}

static int make_link(const char *root, const char *target, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/dev/%s", root, name);
	return symlink(target, path);
}

static int mount_at(const char *root, const char *dir, const char *type,
		    const char *options)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", root, dir);
	return mount(type, path, type, MS_NOSUID, options);
}

static int make_dev(const char *root)
{
	char path[PATH_MAX];
	int bad = mount_at(root, "/dev", "tmpfs", "mode=755");

	bad |= make_device(root, "null", 1, 3);
	bad |= make_device(root, "zero", 1, 5);
	bad |= make_device(root, "full", 1, 7);
	bad |= make_device(root, "random", 1, 8);
	bad |= make_device(root, "urandom", 1, 9);
	bad |= make_device(root, "tty", 5, 0);
	bad |= make_link(root, "/proc/self/fd", "fd");
	bad |= make_link(root, "/proc/self/fd/0", "stdin");
	bad |= make_link(root, "/proc/self/fd/1", "stdout");
	bad |= make_link(root, "/proc/self/fd/2", "stderr");
	snprintf(path, sizeof(path), "%s/dev/shm", root);
	bad |= mkdir(path, 01777) | chmod(path, 01777);
	snprintf(path, sizeof(path), "%s/dev/pts", root);
	bad |= mkdir(path, 0755);
	bad |= mount_at(root, "/dev/pts", "devpts",
			"newinstance,ptmxmode=0666,mode=0620,gid=5");
	bad |= make_link(root, "pts/ptmx", "ptmx");
	return bad;
}

/* The tree may sit on a file system of its own, which an overlay leaves out. */
static int bind_tree(const char *root)
{
	struct stat slash, tree;
	char path[PATH_MAX];

	if (stat("/", &slash) != 0 || stat(box_top, &tree) != 0)
		return -1;
	if (slash.st_dev == tree.st_dev)
		return 0;
	snprintf(path, sizeof(path), "%s%s", root, box_top);
	return mount(box_top, path, NULL, MS_BIND, NULL);
}

/*
 * pivot_root, not chroot: inside a chroot nacre could not make user namespaces. The old
 * root goes away, so that nothing but the layer can be reached.
 */
static int enter_root(const char *root)
{
	if (chdir(root) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 ||
	    umount2(".", MNT_DETACH) != 0)
		return -1;
	return chdir("/tmp");
}

/* Called in a process that is alone in new mount and pid namespaces. */
int box_enter(const char *scratch)
{
	char root[PATH_MAX - 64], upper[PATH_MAX - 64], work[PATH_MAX - 64];
	char options[3 * PATH_MAX];

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", scratch, "tmpfs", 0, NULL) != 0)
		return -1;
	snprintf(root, sizeof(root), "%s/root", scratch);
	snprintf(upper, sizeof(upper), "%s/upper", scratch);
	snprintf(work, sizeof(work), "%s/work", scratch);
	if (mkdir(root, 0755) != 0 || mkdir(upper, 0755) != 0 || mkdir(work, 0755) != 0)
		return -1;
	upper_fd = open(upper, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(options, sizeof(options), "lowerdir=/,upperdir=%s,workdir=%s", upper,
		 work);
	if (mount("overlay", root, "overlay", 0, options) != 0)
		return -1;
	if (upper_fd < 0 || bind_tree(root) != 0 || make_dev(root) != 0 ||
	    mount_at(root, "/tmp", "tmpfs", "mode=1777") != 0 ||
	    mount_at(root, "/proc", "proc", NULL) != 0)
		return -1;
	return enter_root(root);
}

static char leak[PATH_MAX];

static int note_leak(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	if (at->level == 0)
		return 0;
	snprintf(leak, sizeof(leak), "%s", path + strlen("./") - 1);
	return 0;
}

/* A name in the throw-away layer, or NULL when it is untouched. */
const char *box_leak(void)
{
	if (fchdir(upper_fd) != 0)
		return "(the layer cannot be read)";
	nftw(".", note_leak, 16, FTW_PHYS);
	return leak[0] ? leak : NULL;
}

/* Tries it once, so that a machine that forbids it still runs the other tests. */
bool box_possible(void)
{
	char scratch[] = "build/tests/box.XXXXXX";
	long pid;
	int status = 1;

	if (mkdtemp(scratch) == NULL)
		return false;
	pid = syscall(SYS_clone, CLONE_NEWNS | CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL,
		      NULL);
	if (pid == 0)
		_exit(box_enter(realpath(scratch, NULL)) != 0);
	if (pid > 0)
		waitpid((pid_t)pid, &status, 0);
	rmdir(scratch);
	return pid > 0 && status == 0;
}
