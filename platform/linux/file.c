/*
 * Files the host lends: directories ("trees") and the streams the user gave.
 *
 * Reads of a tree are made directly where the jail confines them (a detached read-only mount
 * or Landlock), otherwise by request to the broker, which also makes all changes. Buffers
 * may be guest memory, range-checked by the caller; the host answers -EFAULT for the rest.
 */
#include "abi/errno.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/ioctl.h"
#include "abi/linux/poll.h"
#include "abi/linux/stat.h"
#include "abi/linux/syscall.h"
#include "abi/linux/time.h"
#include "kernel/boot.h"
#include "kernel/sync/waitq.h"
#include "platform/linux/channel.h"
#include "platform/linux/internal.h"
#include "platform/plat.h"

#define NS_PER_SEC 1000000000ull

static u8 tree_access[BOOT_TREES_MAX];

void host_trees_init(void)
{
	const struct boot_mount *m = boot_mounts();

	for (u32 i = 0; i < boot_block()->mount_count; i++) {
		if (m[i].tree < BOOT_TREES_MAX)
			tree_access[m[i].tree] = (u8)m[i].access;
		/* An object may be had by who knows its name. */
		if (m[i].flags & BOOT_MOUNT_IMAGE && m[i].objects < BOOT_TREES_MAX)
			tree_access[m[i].objects] = BOOT_TREE_BROKER;
		if (m[i].upper < BOOT_TREES_MAX)
			tree_access[m[i].upper] = (u8)m[i].upper_access;
	}
}

bool host_trees_direct(void)
{
	const struct boot_mount *m = boot_mounts();

	for (u32 i = 0; i < boot_block()->mount_count; i++)
		if (m[i].tree < BOOT_TREES_MAX && m[i].access == BOOT_TREE_DIRECT)
			return true;
	return false;
}

static bool direct(int tree)
{
	return tree_access[tree] == BOOT_TREE_DIRECT;
}

bool plat_file_is_direct(int tree)
{
	return direct(tree);
}

/*
 * The jail has no capabilities, so root's right to read everything is the broker's to use.
 */
static bool refused(s64 result)
{
	return result == -EACCES && boot_block()->flags & BOOT_BROKER_ROOT;
}

/* "." for the tree itself: the host refuses an empty name. */
static const char *name_of(const char *path)
{
	return path[0] == '\0' ? "." : path;
}

int plat_file_open(int tree, const char *path, int flags, u32 mode, plat_fd_t *ret_fd)
{
	if (!direct(tree) || (flags & (LINUX_O_ACCMODE | LINUX_O_CREAT | LINUX_O_TRUNC)))
		return channel_file_open(tree, path, flags, mode, ret_fd);
	s64 fd = host_call(LINUX_SYS_openat, BOOT_FD_TREES + tree, name_of(path),
			   flags | LINUX_O_CLOEXEC | LINUX_O_NOCTTY, 0);

	if (refused(fd))
		return channel_file_open(tree, path, flags, mode, ret_fd);
	if (fd < 0)
		return (int)fd;
	*ret_fd = (plat_fd_t)fd;
	return 0;
}

int plat_file_close(plat_fd_t fd)
{
	return (int)host_call(LINUX_SYS_close, fd);
}

/* What the jail's user namespace cannot name belongs to root, as nearly everything does. */
static void show_owners(struct linux_statx *stx)
{
	if (!(boot_block()->flags & BOOT_IDS_HIDDEN))
		return;
	if (stx->stx_uid == BOOT_ID_OTHER)
		stx->stx_uid = 0;
	if (stx->stx_gid == BOOT_ID_OTHER)
		stx->stx_gid = 0;
}

static struct linux_statx_timestamp statx_time(struct linux_timespec t)
{
	return (struct linux_statx_timestamp){ .tv_sec = t.tv_sec, .tv_nsec = (u32)t.tv_nsec };
}

static void statx_from_stat(struct linux_statx *ret, const struct linux_stat *st)
{
	*ret = (struct linux_statx){
		.stx_mask = LINUX_STATX_BASIC_STATS,
		.stx_blksize = (u32)st->st_blksize,
		.stx_nlink = (u32)st->st_nlink,
		.stx_uid = st->st_uid,
		.stx_gid = st->st_gid,
		.stx_mode = (u16)st->st_mode,
		.stx_ino = st->st_ino,
		.stx_size = (u64)st->st_size,
		.stx_blocks = (u64)st->st_blocks,
		.stx_atime = statx_time(st->st_atim),
		.stx_ctime = statx_time(st->st_ctim),
		.stx_mtime = statx_time(st->st_mtim),
		.stx_rdev_major = LINUX_MAJOR(st->st_rdev),
		.stx_rdev_minor = LINUX_MINOR(st->st_rdev),
		.stx_dev_major = LINUX_MAJOR(st->st_dev),
		.stx_dev_minor = LINUX_MINOR(st->st_dev),
	};
}

int plat_file_statx_in(plat_fd_t dir, const char *name, struct linux_statx *ret)
{
	s64 r = host_call(LINUX_SYS_statx, dir, name,
			  LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_EMPTY_PATH | LINUX_AT_NO_AUTOMOUNT,
			  LINUX_STATX_BASIC_STATS | LINUX_STATX_BTIME, ret);

	if (r == 0)
		show_owners(ret);
	return (int)r;
}

int plat_file_statx(int tree, const char *path, struct linux_statx *ret)
{
	int r;

	if (!direct(tree))
		return channel_file_statx(tree, path, ret);
	r = plat_file_statx_in(BOOT_FD_TREES + tree, path, ret);
	return refused(r) ? channel_file_statx(tree, path, ret) : r;
}

/* Where no tree is direct the jail has no statx, which could take a path. */
int plat_file_fstatx(plat_fd_t fd, struct linux_statx *ret)
{
	struct linux_stat st;
	s64 r;

	if (host_trees_direct())
		r = host_call(LINUX_SYS_statx, fd, "", LINUX_AT_EMPTY_PATH,
			      LINUX_STATX_BASIC_STATS | LINUX_STATX_BTIME, ret);
	else
		r = host_call(LINUX_SYS_fstat, fd, &st);
	if (r < 0)
		return (int)r;
	if (!host_trees_direct())
		statx_from_stat(ret, &st);
	show_owners(ret);
	return 0;
}

s64 plat_file_readlink(int tree, const char *path, char *buf, size_t size)
{
	if (!direct(tree))
		return channel_file_readlink(tree, path, buf, size);
	s64 r = host_call(LINUX_SYS_readlinkat, BOOT_FD_TREES + tree, path, buf, size);

	return refused(r) ? channel_file_readlink(tree, path, buf, size) : r;
}

s64 plat_file_xattrs(int tree, const char *path, void *buf, size_t size)
{
	return channel_file_xattrs(tree, path, buf, size);
}

s64 plat_file_fetch(int tree, const char *path, void *buf, size_t size)
{
	return channel_file_fetch(tree, path, buf, size);
}

int plat_file_verify(int tree, const char *path, u32 first, u32 count)
{
	int r;

	do
		r = channel_file_verify(tree, path, first, count);
	while (r == -EAGAIN);
	return r;
}

s64 plat_file_getdents(plat_fd_t fd, void *buf, size_t size)
{
	s64 r = host_trees_direct() ? host_call(LINUX_SYS_getdents64, fd, buf, size) : -ENOTDIR;

	/* A directory that the broker opened comes as a snapshot of its entries. */
	return r == -ENOTDIR ? channel_file_getdents(fd, buf, size) : r;
}

int plat_file_statfs(plat_fd_t fd, struct linux_statfs *ret)
{
	return (int)host_call(LINUX_SYS_fstatfs, fd, ret);
}

s64 plat_file_read(plat_fd_t fd, void *buf, size_t len, s64 offset)
{
	if (offset >= 0)
		return host_call(LINUX_SYS_pread64, fd, buf, len, offset);
	return host_call_interruptible(LINUX_SYS_read, (u64)fd, (u64)buf, len, 0, 0, 0);
}

s64 plat_file_write(plat_fd_t fd, const void *buf, size_t len, s64 offset)
{
	if (offset >= 0)
		return host_call(LINUX_SYS_pwrite64, fd, buf, len, offset);
	return host_call_interruptible(LINUX_SYS_write, (u64)fd, (u64)buf, len, 0, 0, 0);
}

s64 plat_file_ioctl(plat_fd_t fd, u32 cmd, void *arg)
{
	/* These wait for a terminal's output to drain, which may never end. */
	if (cmd == LINUX_TCSETSW || cmd == LINUX_TCSETSF || cmd == LINUX_TCSBRK)
		return host_call_interruptible(LINUX_SYS_ioctl, (u64)fd, cmd, (u64)arg, 0, 0, 0);
	return host_call(LINUX_SYS_ioctl, fd, cmd, arg);
}

s64 plat_file_seek(plat_fd_t fd, s64 offset, int whence)
{
	return host_call(LINUX_SYS_lseek, fd, offset, whence);
}

int plat_file_truncate(plat_fd_t fd, u64 size)
{
	return (int)host_call(LINUX_SYS_ftruncate, fd, size);
}

int plat_file_sync(plat_fd_t fd, bool data_only)
{
	return (int)host_call(data_only ? LINUX_SYS_fdatasync : LINUX_SYS_fsync, fd);
}

int plat_file_allocate(plat_fd_t fd, int mode, u64 offset, u64 len)
{
	return (int)host_call(LINUX_SYS_fallocate, fd, mode, offset, len);
}

int plat_file_poll(struct linux_pollfd *fds, u32 count, u64 deadline)
{
	struct linux_timespec ts = { 0 };

	if (deadline != NO_DEADLINE && deadline != 0) {
		u64 now = plat_now();
		u64 left = deadline > now ? deadline - now : 0;

		ts.tv_sec = (s64)(left / NS_PER_SEC);
		ts.tv_nsec = (s64)(left % NS_PER_SEC);
	}
	if (deadline == 0) /* only a look */
		return (int)host_call(LINUX_SYS_ppoll, fds, count, &ts, NULL, 8);
	return (int)host_call_interruptible(LINUX_SYS_ppoll, (u64)fds, count,
					    deadline == NO_DEADLINE ? 0 : (u64)&ts, 0, 8, 0);
}
