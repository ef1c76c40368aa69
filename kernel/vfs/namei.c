/*
 * Names made, removed and moved.
 *
 * OVERVIEW. Each call walks to the parent directory, locks it, looks the last name up under
 * the lock, checks, lets the file system do it, and tells the dentry cache.
 *
 * LOCKING. One directory at a time, except rename. rename_lock is held by a rename between
 * two directories, which then cannot change their order: the ancestor is locked first. A
 * directory that is removed or replaced is locked, too, after its parent.
 *
 * LINUX BEHAVIOUR. mkdir(2), mknod(2), symlink(2), link(2), unlink(2), rmdir(2),
 * rename(2), and their order of errors: a bad name before an existing one, that before a
 * read-only mount, that before permission.
 */
#include "abi/linux/capability.h"
#include "kernel/vfs/acl.h"
#include "kernel/vfs/flags.h"
#include "kernel/vfs/handle.h"
#include "kernel/vfs/internal.h"
#include "kernel/vfs/namei.h"
#include "kernel/vfs/notify.h"
#include "lib/string.h"

/* A name in a locked directory. */
struct place {
	struct path dir; /* referenced */
	struct dentry *d; /* referenced; may be negative */
	struct walk_last *last;
};

static struct inode *place_dir(const struct place *p)
{
	return p->dir.dentry->inode;
}

static int place_walk(struct place *p, int dirfd, const char *name)
{
	int err;

	*p = (struct place){ .last = kzalloc(sizeof(struct walk_last)) };
	if (p->last == NULL)
		return -ENOMEM;
	err = path_walk_parent(dirfd, name, 0, &p->dir, p->last);
	if (err < 0)
		kfree(TAKE(p->last));
	return err;
}

static void place_end(struct place *p)
{
	dentry_put(TAKE(p->d));
	path_put(&p->dir);
	kfree(TAKE(p->last));
}

static int place_lookup(struct place *p)
{
	return dentry_lookup_locked(p->dir.dentry, p->last->name, p->last->len, &p->d);
}

/* --- what may be done in a directory --- */

int dir_may_create(struct dentry *dir)
{
	if (dentry_is_unlinked(dir))
		return -ENOENT;
	return inode_permission(dir->inode, LINUX_W_OK | LINUX_X_OK);
}

/* Sticky directories: only who owns the file or the directory takes its name away. */
static bool sticky_forbids(const struct inode *dir, const struct inode *victim)
{
	u32 fsuid = current()->process->cred.fsuid;

	return dir->mode & LINUX_S_ISVTX && victim->uid != fsuid && dir->uid != fsuid &&
	       !vfs_capable(LINUX_CAP_FOWNER);
}

int dir_may_delete(struct dentry *dir, struct dentry *victim, bool want_dir)
{
	int err = inode_permission(dir->inode, LINUX_W_OK | LINUX_X_OK);

	if (err < 0)
		return err;
	if (inode_has(dir->inode, INODE_APPEND) ||
	    inode_has(victim->inode, INODE_APPEND | INODE_IMMUTABLE | INODE_NAME_KEPT) ||
	    sticky_forbids(dir->inode, victim->inode))
		return -EPERM;
	if (want_dir && !inode_is_dir(victim->inode))
		return -ENOTDIR;
	if (!want_dir && inode_is_dir(victim->inode))
		return -EISDIR;
	return dentry_is_unlinked(dir) ? -ENOENT : 0;
}

/* --- making --- */

/* Walk, lock, look up; the name must be free. On success the directory is locked. */
static int create_begin(struct place *p, int dirfd, const char *name, bool directory)
{
	int err = place_walk(p, dirfd, name);

	if (err < 0)
		return err;
	if (p->last->is_dot) {
		place_end(p);
		return -EEXIST;
	}
	lock_acquire(&place_dir(p)->lock);
	err = place_lookup(p);
	if (err == 0 && p->d->inode != NULL)
		err = -EEXIST;
	else if (err == 0 && p->last->slash && !directory)
		err = -ENOENT;
	if (err == 0)
		err = path_want_write(&p->dir);
	if (err == 0)
		err = dir_may_create(p->dir.dentry);
	if (err < 0) {
		lock_release(&place_dir(p)->lock);
		place_end(p);
	}
	return err;
}

u32 dir_mask_mode(const struct inode *dir, u32 mode)
{
	if (dir->sb->flags & SUPER_TAKES_UMASK)
		return mode | fs_umask() << 16;
	if (unlikely(atomic_load(&dir->acls) != NULL) && acl_mask_mode(dir, &mode))
		return mode;
	return mode & ~fs_umask();
}

/* made is the new inode when err is 0. */
static int create_end(struct place *p, int err, struct inode *made)
{
	if (err == 0) {
		if (unlikely(atomic_load(&place_dir(p)->acls) != NULL))
			err = acl_inherit(place_dir(p), made);
		dentry_instantiate(p->d, made);
		fs_notify_created(place_dir(p), made, p->last->name, p->last->len);
	}
	lock_release(&place_dir(p)->lock);
	return err;
}

int vfs_mkdir(int dirfd, const char *name, u32 mode)
{
	struct inode *made = NULL;
	struct inode *dir;
	struct place p;
	int err = create_begin(&p, dirfd, name, true);

	if (err < 0)
		return err;
	dir = place_dir(&p);
	mode &= 0777 | LINUX_S_ISVTX;
	err = -EPERM;
	if (dir->ops->mkdir != NULL)
		err = dir->ops->mkdir(dir, p.last->name, p.last->len,
				      dir_mask_mode(dir, LINUX_S_IFDIR | mode), &made);
	err = create_end(&p, err, made);
	place_end(&p);
	return err;
}

static int mknod_check(u32 mode, u64 rdev)
{
	switch (mode & LINUX_S_IFMT) {
	case LINUX_S_IFREG:
	case LINUX_S_IFIFO:
	case LINUX_S_IFSOCK:
		return 0;
	case LINUX_S_IFCHR:
		if (rdev == 0)
			return 0; /* Linux: an overlay's whiteout harms nobody */
		return vfs_capable(LINUX_CAP_MKNOD) ? 0 : -EPERM;
	case LINUX_S_IFBLK:
		return vfs_capable(LINUX_CAP_MKNOD) ? 0 : -EPERM;
	case LINUX_S_IFDIR:
		return -EPERM;
	default:
		return -EINVAL;
	}
}

static int mknod_locked(struct place *p, u32 mode, u64 rdev, struct inode **ret)
{
	struct inode *dir = place_dir(p);

	if (LINUX_S_ISREG(mode))
		return dir->ops->create == NULL ?
			       -EACCES :
			       dir->ops->create(dir, p->last->name, p->last->len, mode,
						ret);
	return dir->ops->mknod == NULL ? -EPERM :
					 dir->ops->mknod(dir, p->last->name,
							 p->last->len, mode, rdev, ret);
}

static int mknod_at(struct place *p, int dirfd, const char *name, u32 mode, u64 rdev)
{
	struct inode *made = NULL;
	int err;

	if ((mode & LINUX_S_IFMT) == 0)
		mode |= LINUX_S_IFREG;
	if (LINUX_S_ISDIR(mode))
		return -EPERM;
	err = create_begin(p, dirfd, name, false);
	if (err < 0)
		return err;
	err = mknod_check(mode, rdev);
	if (err == 0)
		err = mknod_locked(p, dir_mask_mode(place_dir(p), mode), rdev, &made);
	err = create_end(p, err, made);
	if (err < 0)
		place_end(p);
	return err;
}

int vfs_mknod(int dirfd, const char *name, u32 mode, u64 rdev)
{
	struct place p;
	int err = mknod_at(&p, dirfd, name, mode, rdev);

	if (err == 0)
		place_end(&p);
	return err;
}

int vfs_mknod_path(int dirfd, const char *name, u32 mode, u64 rdev, struct path *ret)
{
	struct place p;
	int err = mknod_at(&p, dirfd, name, mode, rdev);

	if (err < 0)
		return err == -EEXIST ? -EADDRINUSE : err;
	*ret = (struct path){ .mnt = mount_get(p.dir.mnt), .dentry = dentry_get(p.d) };
	place_end(&p);
	return 0;
}

int vfs_symlink(const char *text, int dirfd, const char *name)
{
	struct inode *made = NULL;
	struct inode *dir;
	struct place p;
	int err;

	if (text[0] == '\0')
		return -ENOENT;
	err = create_begin(&p, dirfd, name, false);
	if (err < 0)
		return err;
	dir = place_dir(&p);
	err = -EPERM;
	if (dir->ops->symlink != NULL)
		err = dir->ops->symlink(dir, p.last->name, p.last->len, text, &made);
	err = create_end(&p, err, made);
	place_end(&p);
	return err;
}

/* Linux: may_linkat(); a link must not keep alive what its maker could not read and write. */
static int may_link(struct inode *target)
{
	const u32 setgid = LINUX_S_ISGID | LINUX_S_IXGRP;
	u32 mode = atomic_load(&target->mode);

	if (inode_owner_or_capable(target))
		return 0;
	if (!LINUX_S_ISREG(mode) || mode & LINUX_S_ISUID || (mode & setgid) == setgid ||
	    inode_permission(target, LINUX_R_OK | LINUX_W_OK) < 0)
		return -EPERM;
	return 0;
}

static int link_locked(struct place *p, const struct path *old)
{
	struct inode *dir = place_dir(p), *target = old->dentry->inode;
	int err;

	if (p->dir.mnt != old->mnt)
		return -EXDEV;
	err = may_link(target);
	if (err < 0)
		return err;
	if (dir->sb != target->sb)
		return -EXDEV;
	if (inode_is_dir(target) || dir->ops->link == NULL ||
	    inode_has(target, INODE_APPEND | INODE_IMMUTABLE))
		return -EPERM;
	if (target->nlink == 0 && !(atomic_load(&target->flags) & INODE_LINKABLE))
		return -ENOENT;
	err = dir->ops->link(dir, p->last->name, p->last->len, target);
	if (err < 0)
		return err;
	atomic_and(&target->flags, ~INODE_LINKABLE);
	fs_notify_inode(target, LINUX_IN_ATTRIB);
	inode_get(target);
	return 0;
}

int vfs_link(int old_dirfd, const char *old_name, int new_dirfd, const char *new_name,
	     u32 flags)
{
	struct path old;
	struct place p;
	u32 walk = 0;
	int err;

	if (flags & ~(LINUX_AT_SYMLINK_FOLLOW | LINUX_AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & LINUX_AT_EMPTY_PATH) {
		walk |= WALK_EMPTY;
		if (old_name[0] == '\0' && !vfs_capable(LINUX_CAP_DAC_READ_SEARCH))
			return -ENOENT;
	}
	if (flags & LINUX_AT_SYMLINK_FOLLOW)
		walk |= WALK_FOLLOW;
	err = path_walk(old_dirfd, old_name, walk, &old);
	if (err < 0)
		return err;
	err = create_begin(&p, new_dirfd, new_name, false);
	if (err == 0) {
		err = link_locked(&p, &old);
		err = create_end(&p, err, old.dentry->inode);
		place_end(&p);
	}
	path_put(&old);
	return err;
}

/* --- removing --- */

static int unlink_locked(struct place *p)
{
	struct inode *dir = place_dir(p);
	int err = place_lookup(p);

	if (err < 0)
		return err;
	if (p->d->inode == NULL)
		return -ENOENT;
	if (p->last->slash)
		return inode_is_dir(p->d->inode) ? -EISDIR : -ENOTDIR;
	err = path_want_write(&p->dir);
	if (err == 0)
		err = dir_may_delete(p->dir.dentry, p->d, false);
	if (err < 0)
		return err;
	if (atomic_load(&p->d->mounted) != 0)
		return -EBUSY;
	if (dir->ops->unlink == NULL)
		return -EPERM;
	err = dir->ops->unlink(dir, p->last->name, p->last->len, p->d->inode);
	if (err < 0)
		return err;
	dentry_unlinked(p->d);
	handle_name_gone(p->d->inode);
	fs_notify_unlinked(dir, p->d);
	return 0;
}

int vfs_unlink(int dirfd, const char *name)
{
	struct place p;
	int err = place_walk(&p, dirfd, name);

	if (err < 0)
		return err;
	err = -EISDIR;
	if (!p.last->is_dot) {
		lock_acquire(&place_dir(&p)->lock);
		err = unlink_locked(&p);
		lock_release(&place_dir(&p)->lock);
	}
	place_end(&p);
	return err;
}

static int rmdir_locked(struct place *p)
{
	struct inode *dir = place_dir(p), *victim;
	int err = place_lookup(p);

	if (err < 0)
		return err;
	victim = p->d->inode;
	if (victim == NULL)
		return -ENOENT;
	err = path_want_write(&p->dir);
	if (err == 0)
		err = dir_may_delete(p->dir.dentry, p->d, true);
	if (err < 0)
		return err;
	if (atomic_load(&p->d->mounted) != 0)
		return -EBUSY;
	if (dir->ops->rmdir == NULL)
		return -EPERM;
	lock_acquire(&victim->lock);
	err = dir->ops->rmdir(dir, p->last->name, p->last->len, victim);
	if (err == 0)
		dentry_unlinked(p->d);
	lock_release(&victim->lock);
	if (err < 0)
		return err;
	handle_name_gone(victim);
	fs_notify_unlinked(dir, p->d);
	return 0;
}

int vfs_rmdir(int dirfd, const char *name)
{
	struct place p;
	int err = place_walk(&p, dirfd, name);

	if (err < 0)
		return err;
	switch (p.last->type) {
	case WALK_LAST_DOTDOT:
		err = -ENOTEMPTY;
		break;
	case WALK_LAST_DOT:
		err = -EINVAL;
		break;
	case WALK_LAST_NONE:
		err = -EBUSY;
		break;
	default:
		lock_acquire(&place_dir(&p)->lock);
		err = rmdir_locked(&p);
		lock_release(&place_dir(&p)->lock);
	}
	place_end(&p);
	return err;
}

/* --- moving --- */

static void dirs_lock(struct dentry *a, struct dentry *b)
{
	if (a->inode == b->inode) {
		lock_acquire(&a->inode->lock);
		return;
	}
	lock_acquire(&vfs->rename_lock);
	if (dentry_is_below(a, b)) {
		struct dentry *tmp = a;

		a = b;
		b = tmp;
	}
	lock_acquire(&a->inode->lock);
	lock_acquire(&b->inode->lock);
}

static void dirs_unlock(struct dentry *a, struct dentry *b)
{
	lock_release(&a->inode->lock);
	if (a->inode == b->inode)
		return;
	lock_release(&b->inode->lock);
	lock_release(&vfs->rename_lock);
}

/* What the names are; nothing about permission. */
static int rename_check_names(const struct place *old, const struct place *new,
			      u32 flags)
{
	bool exchange = flags & LINUX_RENAME_EXCHANGE;

	if (old->d->inode == NULL)
		return -ENOENT;
	if (flags & LINUX_RENAME_NOREPLACE && new->d->inode != NULL)
		return -EEXIST;
	if (exchange) {
		if (new->d->inode == NULL)
			return -ENOENT;
		if (!inode_is_dir(new->d->inode) && new->last->slash)
			return -ENOTDIR;
	}
	if (!inode_is_dir(old->d->inode) &&
	    (old->last->slash || (!exchange && new->last->slash)))
		return -ENOTDIR;
	if (dentry_is_below(new->dir.dentry, old->d))
		return -EINVAL;
	if (new->d->inode != NULL && dentry_is_below(old->dir.dentry, new->d))
		return exchange ? -EINVAL : -ENOTEMPTY;
	return 0;
}

static int rename_check_rights(const struct place *old, const struct place *new,
			       u32 flags)
{
	struct inode *source = old->d->inode, *target = new->d->inode;
	bool is_dir = inode_is_dir(source),
	     other_dir = place_dir(old) != place_dir(new);
	int err = dir_may_delete(old->dir.dentry, old->d, is_dir);

	if (err < 0)
		return err;
	if (target == NULL)
		err = dir_may_create(new->dir.dentry);
	else
		err = dir_may_delete(
			new->dir.dentry, new->d,
			flags & LINUX_RENAME_EXCHANGE ? inode_is_dir(target) : is_dir);
	/* A directory that gets another parent has its ".." changed. */
	if (err == 0 && is_dir && other_dir)
		err = inode_permission(source, LINUX_W_OK);
	if (err == 0 && flags & LINUX_RENAME_EXCHANGE && inode_is_dir(target) &&
	    other_dir)
		err = inode_permission(target, LINUX_W_OK);
	if (err == 0 &&
	    (atomic_load(&old->d->mounted) != 0 || atomic_load(&new->d->mounted) != 0))
		err = -EBUSY;
	return err;
}

static void rename_notify(const struct place *old, const struct place *new,
			  struct inode *source, struct inode *target, u32 flags)
{
	bool exchange = flags & LINUX_RENAME_EXCHANGE;
	const struct fs_move there = {
		.old_dir = place_dir(old),
		.new_dir = place_dir(new),
		.source = source,
		.replaced = exchange ? NULL : target,
		.old_name = old->last->name,
		.new_name = new->last->name,
		.old_len = old->last->len,
		.new_len = new->last->len,
	};
	const struct fs_move back = {
		.old_dir = there.new_dir,
		.new_dir = there.old_dir,
		.source = target,
		.old_name = there.new_name,
		.new_name = there.old_name,
		.old_len = there.new_len,
		.new_len = there.old_len,
	};

	fs_notify_moved_now(&there);
	if (exchange)
		fs_notify_moved_now(&back);
}

static int rename_locked(struct place *old, struct place *new, u32 flags)
{
	struct inode *source, *target, *dir = place_dir(old);
	bool replaced_dir;
	int err = place_lookup(old);

	if (err == 0)
		err = place_lookup(new);
	if (err == 0)
		err = rename_check_names(old, new, flags);
	if (err < 0)
		return err;
	source = old->d->inode;
	target = new->d->inode;
	if (source == target)
		return 0; /* Linux: two links of one file, nothing happens */
	err = rename_check_rights(old, new, flags);
	if (err < 0)
		return err;
	if (dir->ops->rename == NULL)
		return -EPERM;
	replaced_dir = target != NULL && inode_is_dir(target) &&
		       !(flags & LINUX_RENAME_EXCHANGE);
	if (replaced_dir)
		lock_acquire(&target->lock);
	err = dir->ops->rename(dir, old->last->name, old->last->len, source,
			       place_dir(new), new->last->name, new->last->len, target,
			       flags);
	if (err == 0 && flags & LINUX_RENAME_EXCHANGE)
		dentry_exchanged(old->d, new->d);
	else if (err == 0)
		dentry_moved(old->d, new->d);
	if (replaced_dir)
		lock_release(&target->lock);
	if (err == 0 && target != NULL)
		handle_name_gone(target);
	if (err == 0 && fs_watched())
		rename_notify(old, new, source, target, flags);
	return err;
}

static int rename_places(struct place *old, struct place *new, u32 flags)
{
	int err;

	if (old->dir.mnt != new->dir.mnt)
		return -EXDEV;
	if (old->last->is_dot)
		return -EBUSY;
	if (new->last->is_dot)
		return flags & LINUX_RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	err = path_want_write(&old->dir);
	if (err < 0)
		return err;
	dirs_lock(old->dir.dentry, new->dir.dentry);
	err = rename_locked(old, new, flags);
	dirs_unlock(old->dir.dentry, new->dir.dentry);
	return err;
}

int vfs_rename(int old_dirfd, const char *old_name, int new_dirfd, const char *new_name,
	       u32 flags)
{
	struct place old, new;
	int err;

	if (flags & ~(LINUX_RENAME_NOREPLACE | LINUX_RENAME_EXCHANGE |
		      LINUX_RENAME_WHITEOUT))
		return -EINVAL;
	if (flags & LINUX_RENAME_EXCHANGE &&
	    flags & (LINUX_RENAME_NOREPLACE | LINUX_RENAME_WHITEOUT))
		return -EINVAL;
	err = place_walk(&old, old_dirfd, old_name);
	if (err < 0)
		return err;
	err = place_walk(&new, new_dirfd, new_name);
	if (err == 0) {
		err = rename_places(&old, &new, flags);
		place_end(&new);
	}
	place_end(&old);
	return err;
}
