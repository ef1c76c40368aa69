/*
 * Attributes: who may change which, and what changes along with it.
 *
 * LINUX BEHAVIOUR. chmod(2), chown(2), utimensat(2), truncate(2), access(2);
 * fs/attr.c's setattr_prepare for ownership, clearing of the setuid and setgid bits.
 */
#include "abi/linux/capability.h"
#include "abi/linux/signal.h"
#include "kernel/mm/mm.h"
#include "kernel/signal/signal.h"
#include "kernel/vfs/acl.h"
#include "kernel/vfs/flags.h"
#include "kernel/vfs/internal.h"
#include "kernel/vfs/namei.h"
#include "kernel/vfs/notify.h"

u64 attr_dev_encode(u64 dev)
{
	return LINUX_MKDEV(DEV_MAJOR(dev), DEV_MINOR(dev));
}

int path_want_write(const struct path *p)
{
	return mount_is_read_only(p->mnt) ? -EROFS : 0;
}

int vfs_getattr(const struct path *p, const struct walk_guard *guard, struct inode_attr *ret)
{
	struct inode *i = atomic_load(&p->dentry->inode);

	return guard == NULL ? inode_getattr(i, ret) : inode_getattr_now(i, guard, ret);
}

/* --- changing --- */

/* All checks are done. */
static int apply(const struct path *p, const struct setattr *attr)
{
	struct inode *i = p->dentry->inode;
	int err = i->ops->setattr(i, attr);

	if (err == 0)
		fs_notify_dentry(p->dentry, fs_notify_setattr_mask(attr->valid));
	return err;
}

static int check_owner_change(const struct inode *i, const struct setattr *a)
{
	u32 fsuid = current()->process->cred.fsuid;
	bool owner = fsuid == i->uid;

	if (vfs_capable(LINUX_CAP_CHOWN))
		return 0;
	if (a->valid & SETATTR_UID && !(owner && a->uid == i->uid))
		return -EPERM;
	if (a->valid & SETATTR_GID &&
	    !(owner && (a->gid == i->gid || vfs_in_group(a->gid))))
		return -EPERM;
	return 0;
}

int vfs_setattr(const struct path *p, struct setattr *attr)
{
	struct inode *i = p->dentry->inode;
	int err = path_want_write(p);

	if (err < 0)
		return err;
	if (inode_has(i, INODE_APPEND | INODE_IMMUTABLE))
		return -EPERM;
	err = check_owner_change(i, attr);
	if (err < 0)
		return err;
	if (attr->valid & SETATTR_MODE) {
		u32 gid = attr->valid & SETATTR_GID ? attr->gid : i->gid;

		if (!inode_owner_or_capable(i))
			return -EPERM;
		attr->mode &= 07777;
		if (!vfs_in_group(gid) && !vfs_capable(LINUX_CAP_FSETID))
			attr->mode &= ~LINUX_S_ISGID;
	}
	if (i->ops == NULL || i->ops->setattr == NULL)
		return -EPERM;
	if (!(attr->valid & SETATTR_CTIME)) {
		attr->valid |= SETATTR_CTIME;
		attr->ctime = time_now();
	}
	return apply(p, attr);
}

/* Linux: setgid without group execution is a mark of locking, kept for the group's members. */
u32 inode_plain_mode(const struct inode *i)
{
	u32 mode = atomic_load(&i->mode) & 07777;

	if (mode & LINUX_S_IXGRP ||
	    (!vfs_in_group(i->gid) && !vfs_capable(LINUX_CAP_FSETID)))
		mode &= ~LINUX_S_ISGID;
	return mode & ~LINUX_S_ISUID;
}

int vfs_chmod(const struct path *p, u32 mode)
{
	struct setattr attr = { .valid = SETATTR_MODE, .mode = mode };

	if (inode_is_symlink(p->dentry->inode))
		return -EOPNOTSUPP;
	return vfs_setattr(p, &attr);
}

int vfs_chown(const struct path *p, u32 uid, u32 gid)
{
	struct inode *i = p->dentry->inode;
	u32 mode = atomic_load(&i->mode);
	struct setattr attr = { .uid = uid, .gid = gid, .ctime = time_now() };
	int err = path_want_write(p);

	if (err < 0)
		return err;
	if (inode_has(i, INODE_APPEND | INODE_IMMUTABLE))
		return -EPERM;
	attr.valid = SETATTR_CTIME | (uid != ~0u ? SETATTR_UID : 0) |
		     (gid != ~0u ? SETATTR_GID : 0);
	err = check_owner_change(i, &attr);
	if (err < 0)
		return err;
	if (i->ops == NULL || i->ops->setattr == NULL)
		return -EPERM;
	/* Linux: even for the privileged a program with a new owner is an ordinary one. */
	if (!LINUX_S_ISDIR(mode) && mode & (LINUX_S_ISUID | LINUX_S_ISGID)) {
		attr.mode = inode_plain_mode(i);
		if (attr.mode != (mode & 07777)) {
			if (!inode_owner_or_capable(i))
				return -EPERM; /* Linux: even if nothing else changes */
			attr.valid |= SETATTR_MODE;
		}
	}
	return apply(p, &attr);
}

static bool time_valid(const struct linux_timespec *t)
{
	return t->tv_nsec == LINUX_UTIME_NOW || t->tv_nsec == LINUX_UTIME_OMIT ||
	       (t->tv_nsec >= 0 && t->tv_nsec < 1000000000);
}

static u32 time_set(struct linux_timespec *to, const struct linux_timespec *from,
		    u32 bit)
{
	if (from->tv_nsec == LINUX_UTIME_OMIT)
		return 0;
	*to = from->tv_nsec == LINUX_UTIME_NOW ? time_now() : *from;
	return bit;
}

int vfs_utimes(const struct path *p, const struct linux_timespec *times)
{
	static const struct linux_timespec now[2] = { { 0, LINUX_UTIME_NOW },
						      { 0, LINUX_UTIME_NOW } };
	struct inode *i = p->dentry->inode;
	struct setattr attr = { 0 };
	bool touch;
	int err;

	if (times == NULL)
		times = now;
	if (!time_valid(&times[0]) || !time_valid(&times[1]))
		return -EINVAL;
	if (times[0].tv_nsec == LINUX_UTIME_OMIT &&
	    times[1].tv_nsec == LINUX_UTIME_OMIT)
		return 0;
	err = path_want_write(p);
	if (err < 0)
		return err;
	touch = times[0].tv_nsec == LINUX_UTIME_NOW &&
		times[1].tv_nsec == LINUX_UTIME_NOW;
	if (inode_has(i, INODE_IMMUTABLE | (touch ? 0 : INODE_APPEND)))
		return -EPERM;
	if (!inode_owner_or_capable(i)) {
		err = touch ? inode_permission(i, LINUX_W_OK) : -EPERM;
		if (err < 0)
			return err;
	}
	attr.valid = SETATTR_CTIME | time_set(&attr.atime, &times[0], SETATTR_ATIME) |
		     time_set(&attr.mtime, &times[1], SETATTR_MTIME);
	attr.ctime = time_now();
	if (i->ops == NULL || i->ops->setattr == NULL)
		return -EPERM;
	return apply(p, &attr);
}

/* --- size --- */

void file_size_exceeded(void)
{
	signal_send_self(LINUX_SIGXFSZ);
}

int inode_truncate(struct inode *i, u64 size, bool opened)
{
	struct setattr attr = { .valid = SETATTR_SIZE,
				.size = size,
				.ctime = time_now() };
	u32 mode = atomic_load(&i->mode);
	bool shrinks;
	int err;

	if (i->ops == NULL || i->ops->setattr == NULL)
		return -EPERM;
	shrinks = size < atomic_load(&i->size);
	attr.mtime = attr.ctime;
	if (opened || size != atomic_load(&i->size))
		attr.valid |= SETATTR_MTIME | SETATTR_CTIME;
	if (mode & (LINUX_S_ISUID | LINUX_S_ISGID) && !vfs_capable(LINUX_CAP_FSETID)) {
		attr.mode = inode_plain_mode(i);
		attr.valid |= SETATTR_MODE;
	}
	err = i->ops->setattr(i, &attr);
	if (err == 0 && shrinks)
		mm_file_cut(i);
	return err;
}

static int check_size(s64 size)
{
	if ((u64)size <= task_rlimit(LINUX_RLIMIT_FSIZE))
		return 0;
	file_size_exceeded();
	return -EFBIG;
}

int vfs_truncate(const struct path *p, s64 size)
{
	struct inode *i = p->dentry->inode;
	int err;

	if (size < 0)
		return -EINVAL;
	if (inode_is_dir(i))
		return -EISDIR;
	if (!inode_is_regular(i))
		return -EINVAL;
	err = path_want_write(p);
	if (err == 0)
		err = inode_permission(i, LINUX_W_OK);
	if (err == 0 && inode_has(i, INODE_APPEND))
		err = -EPERM;
	if (err == 0)
		err = check_size(size);
	if (err == 0)
		err = inode_writer_get(i);
	if (err < 0)
		return err;
	err = inode_truncate(i, (u64)size, false);
	inode_writer_put(i);
	if (err == 0)
		fs_notify_dentry(p->dentry, LINUX_IN_MODIFY);
	return err;
}

int file_truncate(struct file *f, s64 size)
{
	int err;

	if (size < 0 || !inode_is_regular(f->inode) || !(f->mode & FMODE_WRITE))
		return -EINVAL;
	if (inode_has(f->inode, INODE_APPEND))
		return -EPERM;
	err = check_size(size);
	if (err == 0)
		err = inode_truncate(f->inode, (u64)size, true);
	if (err == 0)
		fs_notify_file(f, LINUX_IN_MODIFY);
	return err;
}

/* --- asking --- */

int vfs_access(const struct path *p, const struct walk_guard *guard, u32 may, bool real_ids)
{
	const struct cred *c = &current()->process->cred;
	u32 uid = real_ids ? c->uid : c->fsuid, gid = real_ids ? c->gid : c->fsgid;
	bool privileged = !real_ids || c->uid == 0;
	struct inode *i = atomic_load(&p->dentry->inode);
	int err;

	/* Of a list of who has access, and of a super block, only with a reference. */
	if (guard != NULL && (i == NULL || may & LINUX_W_OK || !acl_is_absent(i)))
		return -EAGAIN;
	if (may & LINUX_X_OK && inode_is_regular(i) && p->mnt->flags & MOUNT_NO_EXEC)
		return -EACCES;
	if (guard != NULL)
		return inode_permission_known(i, may, uid, gid, privileged);
	err = inode_permission_ids(i, may, uid, gid, privileged);
	if (err == 0 && may & LINUX_W_OK &&
	    (inode_is_regular(i) || inode_is_dir(i) || inode_is_symlink(i)))
		err = path_want_write(p);
	return err;
}

int vfs_readlink(const struct path *p, char **ret_text, size_t *ret_len)
{
	struct inode *i = p->dentry->inode;

	if (!inode_is_symlink(i) || i->ops->readlink == NULL)
		return -EINVAL;
	return i->ops->readlink(i, ret_text, ret_len);
}

/* Linux: calculate_f_flags(). */
static u64 mount_statfs_flags(const struct mount *m)
{
	static const struct {
		u32 flag, st;
	} map[] = {
		{ MOUNT_NO_SUID, LINUX_ST_NOSUID },
		{ MOUNT_NO_DEV, LINUX_ST_NODEV },
		{ MOUNT_NO_EXEC, LINUX_ST_NOEXEC },
		{ MOUNT_NO_ATIME, LINUX_ST_NOATIME },
		{ MOUNT_NO_DIRATIME, LINUX_ST_NODIRATIME },
		{ MOUNT_NO_SYMFOLLOW, LINUX_ST_NOSYMFOLLOW },
	};
	u32 flags = atomic_load(&m->flags);
	u64 st = LINUX_ST_VALID | (mount_is_read_only(m) ? LINUX_ST_RDONLY : 0) |
		 (flags & (MOUNT_NO_ATIME | MOUNT_STRICT_ATIME) ? 0 : LINUX_ST_RELATIME);

	for (u32 i = 0; i < ARRAY_SIZE(map); i++)
		st |= flags & map[i].flag ? map[i].st : 0;
	return st;
}

int vfs_statfs(const struct path *p, struct linux_statfs *ret)
{
	struct super *sb = p->dentry->sb;
	int err;

	*ret = (struct linux_statfs){ .f_type = sb->type->magic, .f_bsize = PAGE_SIZE };
	if (sb->type->statfs != NULL) {
		err = sb->type->statfs(sb, ret);
		if (err < 0)
			return err;
	}
	if (ret->f_namelen == 0)
		ret->f_namelen = VFS_NAME_MAX;
	if (ret->f_frsize == 0)
		ret->f_frsize = ret->f_bsize;
	if (ret->f_fsid.val[0] == 0 && ret->f_fsid.val[1] == 0)
		ret->f_fsid.val[0] = (s32)attr_dev_encode(sb->dev);
	ret->f_flags = (s64)mount_statfs_flags(p->mnt);
	return 0;
}
