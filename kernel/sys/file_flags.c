/*
 * Flags and extents of files: FS_IOC_GETFLAGS and its relatives, file_getattr, FICLONE.
 *
 * LINUX BEHAVIOUR. fs/file_attr.c and fs/ioctl.c, for file systems that share no blocks and
 * do not tell where they are, as tmpfs: FICLONE, FIDEDUPERANGE and FS_IOC_FIEMAP check what
 * they are given and are EOPNOTSUPP. The project and extent hints of struct fsxattr are, too.
 */
#include "kernel/sys/file_flags.h"

#include "abi/linux/capability.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/ioctl.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/syscall.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/flags.h"
#include "kernel/vfs/namei.h"

static const struct {
	u32 flag, xflag;
} flag_map[] = {
	{ LINUX_FS_SYNC_FL, LINUX_FS_XFLAG_SYNC },
	{ LINUX_FS_IMMUTABLE_FL, LINUX_FS_XFLAG_IMMUTABLE },
	{ LINUX_FS_APPEND_FL, LINUX_FS_XFLAG_APPEND },
	{ LINUX_FS_NODUMP_FL, LINUX_FS_XFLAG_NODUMP },
	{ LINUX_FS_NOATIME_FL, LINUX_FS_XFLAG_NOATIME },
};

static u32 to_xflags(u32 flags)
{
	u32 x = 0;

	for (u32 i = 0; i < ARRAY_SIZE(flag_map); i++)
		if (flags & flag_map[i].flag)
			x |= flag_map[i].xflag;
	return x;
}

/* -EOPNOTSUPP: there are others than those above. */
static int from_xflags(u32 xflags, u32 *ret)
{
	*ret = 0;
	for (u32 i = 0; i < ARRAY_SIZE(flag_map); i++)
		if (xflags & flag_map[i].xflag) {
			*ret |= flag_map[i].flag;
			xflags &= ~flag_map[i].xflag;
		}
	return xflags != 0 ? -EOPNOTSUPP : 0;
}

static s64 flags_out(struct file *f, uaddr_t to)
{
	s64 flags = vfs_get_flags(f->inode);
	u32 value = (u32)flags;

	return flags < 0 ? flags : copy_out(to, &value, sizeof(value));
}

static s64 flags_in(struct file *f, uaddr_t from)
{
	u32 flags;

	if (copy_in(&flags, from, sizeof(flags)) < 0)
		return -EFAULT;
	return f->path.dentry == NULL ? -ENOTTY : vfs_set_flags(&f->path, flags);
}

static s64 xattr_out(struct file *f, uaddr_t to)
{
	s64 flags = vfs_get_flags(f->inode);
	struct linux_fsxattr x = { .fsx_xflags = to_xflags((u32)flags) };

	return flags < 0 ? flags : copy_out_struct(to, &x);
}

static s64 xattr_in(struct file *f, uaddr_t from)
{
	struct linux_fsxattr x;
	u32 flags;

	if (copy_in_struct(&x, from) < 0)
		return -EFAULT;
	if (f->path.dentry == NULL || vfs_get_flags(f->inode) < 0)
		return -ENOTTY;
	if (x.fsx_extsize != 0 || x.fsx_projid != 0 || x.fsx_cowextsize != 0 ||
	    from_xflags(x.fsx_xflags, &flags) < 0)
		return -EOPNOTSUPP;
	return vfs_set_flags(&f->path, flags);
}

/* --- extents --- */

/* Linux: vfs_clone_file_range(). */
static s64 clone_check(struct file *to, int from_fd)
{
	AUTO_FILE from = fd_get(from_fd);

	if (from == NULL)
		return -EBADF;
	if (from->inode->sb != to->inode->sb)
		return -EXDEV;
	if (inode_is_dir(from->inode) || inode_is_dir(to->inode))
		return -EISDIR;
	if (!inode_is_regular(from->inode) || !inode_is_regular(to->inode))
		return -EINVAL;
	if (!(from->mode & FMODE_READ) || !(to->mode & FMODE_WRITE) || to->flags & LINUX_O_APPEND)
		return -EBADF;
	return -EOPNOTSUPP;
}

static s64 clone_range_check(struct file *to, uaddr_t arg)
{
	struct linux_file_clone_range r;

	return copy_in_struct(&r, arg) < 0 ? -EFAULT : clone_check(to, (int)r.src_fd);
}

/* Linux: ioctl_file_dedupe_range(); a request larger than a page is not taken in. */
static s64 dedupe_check(struct file *f, uaddr_t arg)
{
	struct linux_file_dedupe_range r;

	if (copy_in_struct(&r, arg) < 0)
		return -EFAULT;
	if (sizeof(r) + r.dest_count * sizeof(struct linux_file_dedupe_range_info) > PAGE_SIZE)
		return -ENOMEM;
	if (!(f->mode & FMODE_READ) || r.reserved1 != 0 || r.reserved2 != 0)
		return -EINVAL;
	if (inode_is_dir(f->inode))
		return -EISDIR;
	return inode_is_regular(f->inode) ? -EOPNOTSUPP : -EINVAL;
}

static s64 block_size(struct file *f, uaddr_t arg)
{
	struct inode_attr a;
	s32 size;
	int err = inode_getattr(f->inode, &a);

	if (err < 0)
		return err;
	size = (s32)a.blksize;
	return copy_out(arg, &size, sizeof(size));
}

static s64 block_map(struct file *f, uaddr_t arg)
{
	s32 block;

	if (!inode_is_regular(f->inode))
		return -ENOTTY;
	if (!vfs_capable(LINUX_CAP_SYS_RAWIO))
		return -EPERM;
	return copy_in(&block, arg, sizeof(block)) < 0 ? -EFAULT : -EINVAL;
}

bool file_flags_ioctl(struct file *f, u32 cmd, uaddr_t arg, s64 *ret)
{
	switch (cmd) {
	case LINUX_FS_IOC_GETFLAGS:
		*ret = flags_out(f, arg);
		return true;
	case LINUX_FS_IOC_SETFLAGS:
		*ret = flags_in(f, arg);
		return true;
	case LINUX_FS_IOC_FSGETXATTR:
		*ret = xattr_out(f, arg);
		return true;
	case LINUX_FS_IOC_FSSETXATTR:
		*ret = xattr_in(f, arg);
		return true;
	case LINUX_FIGETBSZ:
		*ret = block_size(f, arg);
		return true;
	case LINUX_FIBMAP:
		*ret = block_map(f, arg);
		return *ret != -ENOTTY;
	case LINUX_FS_IOC_FIEMAP:
		*ret = -EOPNOTSUPP;
		return true;
	case LINUX_FICLONE:
		*ret = clone_check(f, (int)arg);
		return true;
	case LINUX_FICLONERANGE:
		*ret = clone_range_check(f, arg);
		return true;
	case LINUX_FIDEDUPERANGE:
		*ret = dedupe_check(f, arg);
		return true;
	default:
		return false;
	}
}

/* --- file_getattr, file_setattr --- */

static int attr_walk(int dirfd, uaddr_t name, u64 size, u32 flags, struct path *ret)
{
	if (flags & ~(u32)(LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_EMPTY_PATH))
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < sizeof(struct linux_file_attr))
		return -EINVAL;
	if (name == 0 && flags & LINUX_AT_EMPTY_PATH)
		return path_walk(dirfd, "", WALK_EMPTY, ret);
	return path_walk_user(dirfd, name,
			      (flags & LINUX_AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
				      (flags & LINUX_AT_EMPTY_PATH ? WALK_EMPTY : 0), ret);
}

SYSCALL_DEFINE(file_getattr, int, dirfd, uaddr_t, name, uaddr_t, to, u64, size, u32, flags)
{
	struct linux_file_attr a = { 0 };
	struct path p;
	s64 got;
	int err = attr_walk(dirfd, name, size, flags, &p);

	if (err < 0)
		return err;
	got = vfs_get_flags(p.dentry->inode);
	path_put(&p);
	if (got < 0)
		return got == -ENOTTY ? -EOPNOTSUPP : got;
	a.fa_xflags = to_xflags((u32)got);
	if (copy_out_struct(to, &a) < 0 || clear_user(to + sizeof(a), size - sizeof(a)) < 0)
		return -EFAULT;
	return 0;
}

SYSCALL_DEFINE(file_setattr, int, dirfd, uaddr_t, name, uaddr_t, from, u64, size, u32, flags)
{
	struct linux_file_attr a;
	struct path p;
	u32 wanted;
	int err = attr_walk(dirfd, name, size, flags, &p);

	if (err < 0)
		return err;
	err = copy_in_sized(&a, sizeof(a), from, size);
	if (err == 0 && a.fa_xflags & ~(u64)LINUX_FS_XFLAGS_MASK)
		err = -EINVAL;
	if (err == 0 && vfs_get_flags(p.dentry->inode) < 0)
		err = -EOPNOTSUPP;
	if (err == 0 && (a.fa_extsize != 0 || a.fa_projid != 0 || a.fa_cowextsize != 0))
		err = -EOPNOTSUPP;
	if (err == 0)
		err = from_xflags((u32)a.fa_xflags, &wanted);
	if (err == 0)
		err = vfs_set_flags(&p, wanted);
	path_put(&p);
	return err;
}
