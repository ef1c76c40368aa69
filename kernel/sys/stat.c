/*
 * Asking about files: the stat family, statx, access, statfs.
 *
 * LINUX BEHAVIOUR. fs/stat.c; with AT_EMPTY_PATH an empty or absent name means the
 * descriptor itself (absent: since 6.11).
 */
#include "abi/linux/fcntl.h"
#include "abi/linux/stat.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/syscall.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/flags.h"
#include "kernel/vfs/namei.h"

/* The attributes as struct linux_stat has them. One by one: clearing it first takes longer. */
static void stat_fill(struct linux_stat *st, const struct inode_attr *a)
{
	st->st_dev = attr_dev_encode(a->dev);
	st->st_ino = a->ino;
	st->st_nlink = a->nlink;
	st->st_mode = a->mode;
	st->st_uid = a->uid;
	st->st_gid = a->gid;
	st->pad0 = 0;
	st->st_rdev = attr_dev_encode(a->rdev);
	st->st_size = (s64)a->size;
	st->st_blksize = a->blksize;
	st->st_blocks = (s64)a->blocks;
	st->st_atim = a->atime;
	st->st_mtim = a->mtime;
	st->st_ctim = a->ctime;
	st->unused[0] = st->unused[1] = st->unused[2] = 0;
}

static s64 stat_out(const struct inode_attr *a, uaddr_t to)
{
	struct linux_stat st;

	stat_fill(&st, a);
	return copy_out_struct(to, &st);
}

/* Is the name absent or empty, and may it be? Then the descriptor is meant. */
static bool means_fd(uaddr_t name, u32 flags, int *ret_err)
{
	u8 first;

	*ret_err = 0;
	if (!(flags & LINUX_AT_EMPTY_PATH))
		return false;
	if (name == 0)
		return true;
	if (copy_in(&first, name, 1) < 0) {
		*ret_err = -EFAULT;
		return false;
	}
	return first == '\0';
}

static int attr_of_fd(int fd, struct inode_attr *ret)
{
	AUTO_FILE f = fd_get_any(fd);

	return f == NULL ? -EBADF : inode_getattr(f->inode, ret);
}

struct attr_ask {
	struct path_ask ask;
	struct inode_attr *ret;
};

static int attr_answer(struct path_ask *ask, const struct path *p, const struct walk_guard *guard)
{
	return vfs_getattr(p, guard, container_of(ask, struct attr_ask, ask)->ret);
}

static int attr_of_name(int dirfd, uaddr_t name, u32 flags, struct inode_attr *ret)
{
	u32 walk = flags & LINUX_AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW;
	struct attr_ask q = { { attr_answer }, ret };
	int err;

	if (means_fd(name, flags, &err) && dirfd >= 0)
		return attr_of_fd(dirfd, ret);
	if (err < 0)
		return err;
	if (flags & LINUX_AT_EMPTY_PATH)
		walk |= WALK_EMPTY;
	return path_ask_user(dirfd, name, walk, &q.ask);
}

static s64 stat_at(int dirfd, uaddr_t name, uaddr_t to, u32 flags)
{
	const u32 known = LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_NO_AUTOMOUNT |
			  LINUX_AT_EMPTY_PATH;
	struct inode_attr a;
	int err;

	if (flags & ~known)
		return -EINVAL;
	err = attr_of_name(dirfd, name, flags, &a);
	return err < 0 ? err : stat_out(&a, to);
}

SYSCALL_DEFINE(stat, uaddr_t, name, uaddr_t, to)
{
	return stat_at(LINUX_AT_FDCWD, name, to, 0);
}

SYSCALL_DEFINE(lstat, uaddr_t, name, uaddr_t, to)
{
	return stat_at(LINUX_AT_FDCWD, name, to, LINUX_AT_SYMLINK_NOFOLLOW);
}

SYSCALL_DEFINE(newfstatat, int, dirfd, uaddr_t, name, uaddr_t, to, int, flags)
{
	return stat_at(dirfd, name, to, (u32)flags);
}

SYSCALL_DEFINE(fstat, int, fd, uaddr_t, to)
{
	struct inode_attr a;
	int err = attr_of_fd(fd, &a);

	return err < 0 ? err : stat_out(&a, to);
}

/* --- statx --- */

#define STATX_FLAGS                                                               \
	(LINUX_STATX_ATTR_IMMUTABLE | LINUX_STATX_ATTR_APPEND | LINUX_STATX_ATTR_NODUMP)

static void statx_flags(struct linux_statx *x, const struct inode *i)
{
	s64 flags = vfs_get_flags(i);

	if (flags < 0)
		return;
	x->stx_attributes_mask |= STATX_FLAGS;
	x->stx_attributes |= (u64)flags & STATX_FLAGS; /* Linux: the bits are the same */
}

static void statx_mount(struct linux_statx *x, const struct path *p, u32 mask)
{
	if (p->mnt == NULL)
		return;
	/* Linux: a number that is never used again, when it is asked for. Ours never are. */
	x->stx_mask |= mask & LINUX_STATX_MNT_ID_UNIQUE ? LINUX_STATX_MNT_ID_UNIQUE :
							  LINUX_STATX_MNT_ID;
	x->stx_mnt_id = p->mnt->id;
	if (p->dentry == p->mnt->root)
		x->stx_attributes |= LINUX_STATX_ATTR_MOUNT_ROOT;
}

static int statx_of_fd(int fd, u32 mask, struct linux_statx *x)
{
	AUTO_FILE f = fd_get_any(fd);
	struct inode_attr a;
	int err;

	if (f == NULL)
		return -EBADF;
	err = inode_getattr(f->inode, &a);
	if (err < 0)
		return err;
	attr_to_statx(x, &a);
	statx_flags(x, f->inode);
	statx_mount(x, &f->path, mask);
	return 0;
}

struct statx_ask {
	struct path_ask ask;
	u32 mask;
	struct linux_statx *ret;
};

static int statx_answer(struct path_ask *ask, const struct path *p,
			const struct walk_guard *guard)
{
	const struct statx_ask *q = container_of(ask, struct statx_ask, ask);
	const struct inode *i = atomic_load(&p->dentry->inode);
	struct inode_attr a;
	int err = vfs_getattr(p, guard, &a);

	if (err < 0)
		return err;
	if (i == NULL)
		return -EAGAIN;
	attr_to_statx(q->ret, &a);
	statx_flags(q->ret, i);
	statx_mount(q->ret, p, q->mask);
	return 0;
}

static int statx_of_name(int dirfd, uaddr_t name, u32 flags, u32 mask,
			 struct linux_statx *x)
{
	u32 walk = flags & LINUX_AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW;
	struct statx_ask q = { { statx_answer }, mask, x };
	int err;

	if (means_fd(name, flags, &err) && dirfd >= 0)
		return statx_of_fd(dirfd, mask, x);
	if (err < 0)
		return err;
	if (flags & LINUX_AT_EMPTY_PATH)
		walk |= WALK_EMPTY;
	return path_ask_user(dirfd, name, walk, &q.ask);
}

SYSCALL_DEFINE(statx, int, dirfd, uaddr_t, name, u32, flags, u32, mask, uaddr_t, to)
{
	const u32 known = LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_NO_AUTOMOUNT |
			  LINUX_AT_EMPTY_PATH | LINUX_AT_STATX_SYNC_TYPE;
	struct linux_statx x;
	int err;

	if (mask & LINUX_STATX__RESERVED)
		return -EINVAL;
	if ((flags & LINUX_AT_STATX_SYNC_TYPE) == LINUX_AT_STATX_SYNC_TYPE || flags & ~known)
		return -EINVAL;
	err = statx_of_name(dirfd, name, flags, mask, &x);
	return err < 0 ? err : copy_out_struct(to, &x);
}

/* --- access --- */

static int access_fd(int fd, u32 mode, bool real_ids)
{
	AUTO_FILE f = fd_get_any(fd);

	if (f == NULL)
		return -EBADF;
	if (f->path.dentry != NULL)
		return vfs_access(&f->path, NULL, mode, real_ids);
	return inode_permission(f->inode, mode);
}

struct access_ask {
	struct path_ask ask;
	u32 mode;
	bool real_ids;
};

static int access_answer(struct path_ask *ask, const struct path *p,
			 const struct walk_guard *guard)
{
	const struct access_ask *q = container_of(ask, struct access_ask, ask);

	return vfs_access(p, guard, q->mode, q->real_ids);
}

static s64 access_at(int dirfd, uaddr_t name, int mode, u32 flags)
{
	const u32 known = LINUX_AT_EACCESS | LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_EMPTY_PATH;
	bool real_ids = !(flags & LINUX_AT_EACCESS);
	u32 walk = flags & LINUX_AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW;
	struct access_ask q = { { access_answer }, (u32)mode, real_ids };
	int err;

	if (mode & ~(LINUX_R_OK | LINUX_W_OK | LINUX_X_OK) || flags & ~known)
		return -EINVAL;
	if (means_fd(name, flags, &err) && dirfd >= 0)
		return access_fd(dirfd, (u32)mode, real_ids);
	if (err < 0)
		return err;
	if (flags & LINUX_AT_EMPTY_PATH)
		walk |= WALK_EMPTY;
	return path_ask_user(dirfd, name, walk, &q.ask);
}

SYSCALL_DEFINE(access, uaddr_t, name, int, mode)
{
	return access_at(LINUX_AT_FDCWD, name, mode, 0);
}

SYSCALL_DEFINE(faccessat, int, dirfd, uaddr_t, name, int, mode)
{
	return access_at(dirfd, name, mode, 0);
}

SYSCALL_DEFINE(faccessat2, int, dirfd, uaddr_t, name, int, mode, int, flags)
{
	return access_at(dirfd, name, mode, (u32)flags);
}

/* --- statfs --- */

SYSCALL_DEFINE(statfs, uaddr_t, name, uaddr_t, to)
{
	struct linux_statfs st = { 0 };
	struct path p;
	int err = path_walk_user(LINUX_AT_FDCWD, name, WALK_FOLLOW, &p);

	if (err < 0)
		return err;
	err = vfs_statfs(&p, &st);
	path_put(&p);
	return err < 0 ? err : copy_out_struct(to, &st);
}

/* Linux: pipes and sockets are in file systems of their own, each kind in one. */
static s64 anon_magic(const struct inode *i, s64 magic)
{
	if (magic != LINUX_ANON_INODE_FS_MAGIC)
		return magic;
	return LINUX_S_ISFIFO(i->mode) ? LINUX_PIPEFS_MAGIC :
	       LINUX_S_ISSOCK(i->mode) ? LINUX_SOCKFS_MAGIC : magic;
}

SYSCALL_DEFINE(fstatfs, int, fd, uaddr_t, to)
{
	struct linux_statfs st = { 0 };
	AUTO_FILE f = fd_get_any(fd);
	int err;

	if (f == NULL)
		return -EBADF;
	if (f->path.dentry != NULL)
		err = vfs_statfs(&f->path, &st);
	else if (f->inode->sb->type->statfs != NULL)
		err = f->inode->sb->type->statfs(f->inode->sb, &st);
	else
		err = -ENOSYS;
	st.f_type = anon_magic(f->inode, st.f_type);
	return err < 0 ? err : copy_out_struct(to, &st);
}
