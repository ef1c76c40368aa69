/*
 * Names: making, removing, moving and listing them, and where a process stands.
 *
 * OVERVIEW. Arguments are fetched here; kernel/vfs/namei.c does the work.
 */
#include "abi/linux/dirent.h"
#include "abi/linux/fcntl.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/syscall.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/namei.h"
#include "lib/string.h"

/* --- directories --- */

static s64 mkdir_at(int dirfd, uaddr_t name, u32 mode)
{
	AUTO_KFREE char *path = NULL;
	int err = copy_in_path(name, &path);

	return err < 0 ? err : vfs_mkdir(dirfd, path, mode);
}

SYSCALL_DEFINE(mkdir, uaddr_t, name, u32, mode)
{
	return mkdir_at(LINUX_AT_FDCWD, name, mode);
}

SYSCALL_DEFINE(mkdirat, int, dirfd, uaddr_t, name, u32, mode)
{
	return mkdir_at(dirfd, name, mode);
}

SYSCALL_DEFINE(rmdir, uaddr_t, name)
{
	AUTO_KFREE char *path = NULL;
	int err = copy_in_path(name, &path);

	return err < 0 ? err : vfs_rmdir(LINUX_AT_FDCWD, path);
}

SYSCALL_DEFINE(unlink, uaddr_t, name)
{
	AUTO_KFREE char *path = NULL;
	int err = copy_in_path(name, &path);

	return err < 0 ? err : vfs_unlink(LINUX_AT_FDCWD, path);
}

SYSCALL_DEFINE(unlinkat, int, dirfd, uaddr_t, name, int, flags)
{
	AUTO_KFREE char *path = NULL;
	int err;

	if (flags & ~LINUX_AT_REMOVEDIR)
		return -EINVAL;
	err = copy_in_path(name, &path);
	if (err < 0)
		return err;
	return flags & LINUX_AT_REMOVEDIR ? vfs_rmdir(dirfd, path) : vfs_unlink(dirfd, path);
}

/* --- two names --- */

static int fetch_two(uaddr_t a, uaddr_t b, char **ret_a, char **ret_b)
{
	int err = copy_in_path(a, ret_a);

	return err < 0 ? err : copy_in_path(b, ret_b);
}

static s64 rename_at(int old_dirfd, uaddr_t old_name, int new_dirfd, uaddr_t new_name,
		     u32 flags)
{
	AUTO_KFREE char *old_path = NULL;
	AUTO_KFREE char *new_path = NULL;
	int err;

	err = fetch_two(old_name, new_name, &old_path, &new_path);
	if (err < 0)
		return err;
	return vfs_rename(old_dirfd, old_path, new_dirfd, new_path, flags);
}

SYSCALL_DEFINE(rename, uaddr_t, old_name, uaddr_t, new_name)
{
	return rename_at(LINUX_AT_FDCWD, old_name, LINUX_AT_FDCWD, new_name, 0);
}

SYSCALL_DEFINE(renameat, int, old_dirfd, uaddr_t, old_name, int, new_dirfd, uaddr_t, new_name)
{
	return rename_at(old_dirfd, old_name, new_dirfd, new_name, 0);
}

SYSCALL_DEFINE(renameat2, int, old_dirfd, uaddr_t, old_name, int, new_dirfd, uaddr_t, new_name,
	       u32, flags)
{
	return rename_at(old_dirfd, old_name, new_dirfd, new_name, flags);
}

static s64 link_at(int old_dirfd, uaddr_t old_name, int new_dirfd, uaddr_t new_name, u32 flags)
{
	AUTO_KFREE char *old_path = NULL;
	AUTO_KFREE char *new_path = NULL;
	int err;

	if (flags & ~(u32)(LINUX_AT_SYMLINK_FOLLOW | LINUX_AT_EMPTY_PATH))
		return -EINVAL;
	err = fetch_two(old_name, new_name, &old_path, &new_path);
	return err < 0 ? err : vfs_link(old_dirfd, old_path, new_dirfd, new_path, flags);
}

SYSCALL_DEFINE(link, uaddr_t, old_name, uaddr_t, new_name)
{
	return link_at(LINUX_AT_FDCWD, old_name, LINUX_AT_FDCWD, new_name, 0);
}

SYSCALL_DEFINE(linkat, int, old_dirfd, uaddr_t, old_name, int, new_dirfd, uaddr_t, new_name,
	       int, flags)
{
	return link_at(old_dirfd, old_name, new_dirfd, new_name, (u32)flags);
}

static s64 symlink_at(uaddr_t text, int dirfd, uaddr_t name)
{
	AUTO_KFREE char *text_copy = NULL;
	AUTO_KFREE char *path = NULL;
	int err = fetch_two(text, name, &text_copy, &path);

	return err < 0 ? err : vfs_symlink(text_copy, dirfd, path);
}

SYSCALL_DEFINE(symlink, uaddr_t, text, uaddr_t, name)
{
	return symlink_at(text, LINUX_AT_FDCWD, name);
}

SYSCALL_DEFINE(symlinkat, uaddr_t, text, int, dirfd, uaddr_t, name)
{
	return symlink_at(text, dirfd, name);
}

/* --- links and nodes --- */

/* Linux: an empty name is a symbolic link opened with O_PATH | O_NOFOLLOW. */
static s64 readlink_at(int dirfd, uaddr_t name, uaddr_t buf, int size)
{
	AUTO_KFREE char *text = NULL;
	struct path_view v;
	size_t len;
	int err;

	if (size <= 0)
		return -EINVAL;
	err = path_view_user(dirfd, name, dirfd == LINUX_AT_FDCWD ? 0 : WALK_EMPTY, &v);
	if (err < 0)
		return err;
	err = vfs_readlink(&v.path, &text, &len);
	path_view_put(&v);
	if (err < 0)
		return err;
	len = MIN(len, (size_t)size);
	return copy_out(buf, text, len) < 0 ? -EFAULT : (s64)len;
}

SYSCALL_DEFINE(readlink, uaddr_t, name, uaddr_t, buf, int, size)
{
	return readlink_at(LINUX_AT_FDCWD, name, buf, size);
}

SYSCALL_DEFINE(readlinkat, int, dirfd, uaddr_t, name, uaddr_t, buf, int, size)
{
	return readlink_at(dirfd, name, buf, size);
}

static s64 mknod_at(int dirfd, uaddr_t name, u32 mode, u32 dev)
{
	AUTO_KFREE char *path = NULL;
	int err = copy_in_path(name, &path);

	if (err < 0)
		return err;
	return vfs_mknod(dirfd, path, mode, DEV(LINUX_MAJOR(dev), LINUX_MINOR(dev)));
}

SYSCALL_DEFINE(mknod, uaddr_t, name, u32, mode, u32, dev)
{
	return mknod_at(LINUX_AT_FDCWD, name, mode & 0xffff, dev);
}

SYSCALL_DEFINE(mknodat, int, dirfd, uaddr_t, name, u32, mode, u32, dev)
{
	return mknod_at(dirfd, name, mode & 0xffff, dev);
}

/* --- where the process stands --- */

SYSCALL_DEFINE(getcwd, uaddr_t, buf, u64, size)
{
	AUTO_KFREE char *path = kzalloc(VFS_PATH_MAX);
	s64 len;

	if (path == NULL)
		return -ENOMEM;
	len = vfs_getcwd(path, VFS_PATH_MAX);
	if (len < 0)
		return len;
	if ((u64)len > size)
		return -ERANGE;
	return copy_out(buf, path, (size_t)len) < 0 ? -EFAULT : len;
}

SYSCALL_DEFINE(chdir, uaddr_t, name)
{
	struct path p;
	int err = path_walk_user(LINUX_AT_FDCWD, name, WALK_FOLLOW | WALK_DIRECTORY, &p);

	if (err < 0)
		return err;
	err = vfs_chdir(&p);
	path_put(&p);
	return err;
}

SYSCALL_DEFINE(fchdir, int, fd)
{
	AUTO_FILE f = fd_get_any(fd);

	if (f == NULL)
		return -EBADF;
	if (!inode_is_dir(f->inode))
		return -ENOTDIR;
	return vfs_chdir(&f->path);
}

SYSCALL_DEFINE(chroot, uaddr_t, name)
{
	struct path p;
	int err = path_walk_user(LINUX_AT_FDCWD, name, WALK_FOLLOW | WALK_DIRECTORY, &p);

	if (err < 0)
		return err;
	err = vfs_chroot(&p);
	path_put(&p);
	return err;
}

/* --- listing --- */

#define LIST_MAX 32768u /* bytes a call returns at most; a caller asks again */

struct list_buffer {
	struct dir_sink sink;
	char *buf;
	size_t size, used;
	bool old_form; /* getdents: the type is the record's last byte */
	bool too_small;
};

/* Records are the same up to the name; see abi/linux/dirent.h. */
static bool list_emit(struct dir_sink *sink, const char *name, size_t len, u64 ino, u32 type,
		      u64 next_offset)
{
	struct list_buffer *l = container_of(sink, struct list_buffer, sink);
	size_t head = l->old_form ? offsetof(struct linux_dirent, d_name) :
				    offsetof(struct linux_dirent64, d_name);
	size_t record = ALIGN_UP(head + len + (l->old_form ? 2 : 1), 8);
	char *to = l->buf + l->used;
	struct linux_dirent64 d = {
		.d_ino = ino,
		.d_off = (s64)next_offset,
		.d_reclen = (u16)record,
		.d_type = (u8)type,
	};

	if (record > l->size - l->used) {
		l->too_small = l->used == 0;
		return false;
	}
	memset(to, 0, record);
	memcpy(to, &d, head);
	memcpy(to + head, name, len);
	if (l->old_form)
		to[record - 1] = (char)type;
	l->used += record;
	return true;
}

static s64 list(int fd, uaddr_t buf, u32 size, bool old_form)
{
	AUTO_KFREE char *memory = NULL;
	AUTO_FILE f = fd_get(fd);
	struct list_buffer l = { .sink.emit = list_emit, .old_form = old_form };
	s64 before;
	int err;

	if (f == NULL)
		return -EBADF;
	if (!inode_is_dir(f->inode))
		return -ENOTDIR;
	l.size = MIN(size, LIST_MAX);
	memory = kmalloc(l.size);
	if (memory == NULL)
		return -ENOMEM;
	l.buf = memory;
	before = file_seek(f, 0, LINUX_SEEK_CUR);
	err = file_readdir(f, &l.sink);
	if (err < 0)
		return err;
	if (l.used == 0)
		return l.too_small ? -EINVAL : 0;
	if (copy_out(buf, memory, l.used) < 0) {
		/* nothing was delivered: the next call finds the same entries */
		if (before >= 0 && file_seek(f, before, LINUX_SEEK_SET) < 0)
			return -EIO;
		return -EFAULT;
	}
	return (s64)l.used;
}

SYSCALL_DEFINE(getdents64, int, fd, uaddr_t, buf, u32, size)
{
	return list(fd, buf, size, false);
}

SYSCALL_DEFINE(getdents, int, fd, uaddr_t, buf, u32, size)
{
	return list(fd, buf, size, true);
}
