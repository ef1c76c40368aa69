/* Flags of files. See flags.h. */
#include "kernel/vfs/flags.h"

#include "abi/linux/capability.h"
#include "kernel/vfs/internal.h"
#include "kernel/vfs/notify.h"

s64 vfs_get_flags(const struct inode *i)
{
	const struct inode_ops *ops = atomic_load(&i->ops);

	/* NULL: an inode of struct path_ask that is gone. */
	if (ops == NULL || ops->set_flags == NULL || (!inode_is_regular(i) && !inode_is_dir(i)))
		return -ENOTTY;
	return (atomic_load(&i->flags) & INODE_FS_MASK) >> INODE_FS_SHIFT |
	       (inode_has(i, INODE_PROTECTED) ? LINUX_FS_IMMUTABLE_FL : 0);
}

/* Linux: vfs_fileattr_set(), shmem_fileattr_set(). */
int vfs_set_flags(const struct path *p, u32 flags)
{
	struct inode *i = p->dentry->inode;
	s64 old = vfs_get_flags(i);
	int err = path_want_write(p);

	if (err < 0 || old < 0)
		return err < 0 ? err : (int)old;
	if (!inode_owner_or_capable(i) || inode_has(i, INODE_PROTECTED))
		return -EPERM;
	if ((flags ^ (u32)old) & (LINUX_FS_IMMUTABLE_FL | LINUX_FS_APPEND_FL) &&
	    !vfs_capable(LINUX_CAP_LINUX_IMMUTABLE))
		return -EPERM;
	if (flags & ~(INODE_FS_MASK >> INODE_FS_SHIFT))
		return -EOPNOTSUPP;
	err = i->ops->set_flags(i, flags);
	if (err == 0)
		fs_notify_dentry(p->dentry, LINUX_IN_ATTRIB);
	return err;
}

int inode_set_flags_generic(struct inode *i, u32 flags)
{
	lock_acquire(&i->lock);
	atomic_and(&i->flags, ~INODE_FS_MASK | flags << INODE_FS_SHIFT);
	atomic_or(&i->flags, flags << INODE_FS_SHIFT);
	i->ctime = time_now();
	lock_release(&i->lock);
	return 0;
}
