/*
 * Inodes and directories in memory.
 *
 * LIFETIME. A directory's entry holds a reference to its inode, so an inode lives as long as
 * it has a name or is in use. With the last reference its data goes, too.
 *
 * LOCKING. The operations on directories are called with the directory's lock held, and with
 * that of a directory that is removed or replaced. Other inodes' locks are taken here.
 */
#include "kernel/fs/dev/dev.h"
#include "kernel/fs/tmp/tmpfs.h"
#include "kernel/locks.h"
#include "kernel/obj/pipe.h"
#include "kernel/vfs/flags.h"
#include "lib/string.h"
#include "lib/word.h"

/* Linux: BOGO_DIRENT_SIZE, what a name adds to its directory's size. */
#define ENTRY_SIZE 20u

int tmp_inode_create(struct super *sb, u32 mode, struct inode **ret)
{
	struct tmp_node *n = kzalloc(sizeof(*n));
	struct inode *i;
	int err;

	if (n == NULL)
		return -ENOMEM;
	err = inode_create(sb, mode, &i);
	if (err < 0) {
		kfree(n);
		return err;
	}
	lock_rank(&n->io_lock, RANK_TMP_IO);
	i->private = n;
	i->ops = &tmp_inode_ops;
	if (LINUX_S_ISREG(mode))
		i->fops = &tmp_file_ops;
	if (LINUX_S_ISDIR(mode)) {
		i->fops = &tmp_dir_ops;
		i->nlink = 2;
		i->size = 2 * ENTRY_SIZE;
	}
	*ret = i;
	return 0;
}

/* --- the directory changes --- */

static void dir_changed(struct inode *dir, s32 entries)
{
	dir->size += (u64)((s64)entries * ENTRY_SIZE);
	dir->mtime = dir->ctime = time_now();
}

static void nlink_add(struct inode *i, s32 by)
{
	lock_acquire(&i->lock);
	i->nlink += (u32)by;
	i->ctime = time_now();
	lock_release(&i->lock);
}

/* A new inode with a name in dir; the caller of the operation gets a reference. */
static int make(struct inode *dir, const char *name, size_t len, u32 mode,
		struct inode **ret)
{
	struct inode *i;
	int err = tmp_inode_create(dir->sb, mode, &i);

	if (err < 0)
		return err;
	inode_init_owner(i, dir, mode);
	err = dirtab_add(&tmp_node(dir)->dir, name, len, i, NULL);
	if (err < 0) {
		inode_put(i);
		return err;
	}
	dir_changed(dir, 1);
	*ret = inode_get(i);
	return 0;
}

static int tmp_lookup(struct inode *dir, const char *name, size_t len,
		      struct inode **ret)
{
	const struct dir_entry *e;

	if (!inode_is_dir(dir))
		return -ENOTDIR;
	e = dirtab_find(&tmp_node(dir)->dir, name, len);
	if (e == NULL)
		return -ENOENT;
	*ret = inode_get(e->inode);
	return 0;
}

static int tmp_create(struct inode *dir, const char *name, size_t len, u32 mode,
		      struct inode **ret)
{
	return make(dir, name, len, mode, ret);
}

static int tmp_mkdir(struct inode *dir, const char *name, size_t len, u32 mode,
		     struct inode **ret)
{
	int err = make(dir, name, len, mode, ret);

	if (err == 0)
		dir->nlink++;
	return err;
}

static int tmp_mknod(struct inode *dir, const char *name, size_t len, u32 mode,
		     u64 rdev, struct inode **ret)
{
	int err = make(dir, name, len, mode, ret);

	if (err == 0)
		(*ret)->rdev = rdev;
	return err;
}

static int tmp_symlink(struct inode *dir, const char *name, size_t len,
		       const char *text, struct inode **ret)
{
	char *copy = kstrdup(text);
	int err;

	if (copy == NULL)
		return -ENOMEM;
	err = make(dir, name, len, LINUX_S_IFLNK | 0777, ret);
	if (err < 0) {
		kfree(copy);
		return err;
	}
	tmp_node(*ret)->text = copy;
	(*ret)->size = strlen(copy);
	return 0;
}

static int tmp_link(struct inode *dir, const char *name, size_t len,
		    struct inode *target)
{
	int err = dirtab_add(&tmp_node(dir)->dir, name, len, target, NULL);

	if (err < 0)
		return err;
	inode_get(target);
	nlink_add(target, 1);
	dir_changed(dir, 1);
	return 0;
}

static int tmp_tmpfile(struct inode *dir, u32 mode, struct inode **ret)
{
	int err = tmp_inode_create(dir->sb, mode, ret);

	if (err < 0)
		return err;
	inode_init_owner(*ret, dir, mode);
	(*ret)->nlink = 0;
	return 0;
}

static int tmp_unlink(struct inode *dir, const char *name, size_t len,
		      struct inode *target)
{
	struct dirtab *t = &tmp_node(dir)->dir;
	struct dir_entry *e = dirtab_find(t, name, len);

	if (e == NULL)
		return -ENOENT;
	dirtab_remove(t, e);
	dir_changed(dir, -1);
	nlink_add(target, -1);
	inode_put(target); /* the entry's reference; the caller has one */
	return 0;
}

/* The directory, which is locked, has lost its name. */
static void dir_gone(struct inode *dir, struct inode *victim)
{
	victim->nlink = 0;
	victim->ctime = time_now();
	dir->nlink--;
}

static int tmp_rmdir(struct inode *dir, const char *name, size_t len,
		     struct inode *target)
{
	struct dirtab *t = &tmp_node(dir)->dir;
	struct dir_entry *e = dirtab_find(t, name, len);

	if (e == NULL)
		return -ENOENT;
	if (tmp_node(target)->dir.count != 0)
		return -ENOTEMPTY;
	dirtab_remove(t, e);
	dir_changed(dir, -1);
	dir_gone(dir, target);
	inode_put(target);
	return 0;
}

static void rename_exchange(struct inode *old_dir, struct dir_entry *a,
			    struct inode *new_dir, struct dir_entry *b)
{
	struct inode *tmp = a->inode;
	s32 moved = (s32)inode_is_dir(a->inode) - (s32)inode_is_dir(b->inode);

	a->inode = b->inode;
	b->inode = tmp;
	if (old_dir != new_dir) {
		old_dir->nlink -= (u32)moved;
		new_dir->nlink += (u32)moved;
	}
}

/* The new name has source; what was there goes. -ENOTEMPTY, -ENOMEM. */
static int rename_place(struct inode *new_dir, const char *name, size_t len,
			struct inode *source, struct inode *target)
{
	struct dirtab *t = &tmp_node(new_dir)->dir;

	if (target == NULL) {
		int err = dirtab_add(t, name, len, source, NULL);

		if (err == 0)
			dir_changed(new_dir, 1);
		return err;
	}
	if (inode_is_dir(target)) {
		if (tmp_node(target)->dir.count != 0)
			return -ENOTEMPTY;
		dir_gone(new_dir, target);
	} else {
		nlink_add(target, -1);
	}
	dirtab_find(t, name, len)->inode = source;
	dir_changed(new_dir, 0);
	inode_put(target);
	return 0;
}

static int tmp_rename(struct inode *old_dir, const char *old_name, size_t old_len,
		      struct inode *source, struct inode *new_dir, const char *new_name,
		      size_t new_len, struct inode *target, u32 flags)
{
	struct dirtab *from = &tmp_node(old_dir)->dir, *to = &tmp_node(new_dir)->dir;
	struct dir_entry *e = dirtab_find(from, old_name, old_len);
	struct dir_entry *at = dirtab_find(to, new_name, new_len);
	struct inode *whiteout = NULL;
	int err;

	if (e == NULL || (at == NULL) != (target == NULL))
		return -ENOENT;
	if (flags & LINUX_RENAME_WHITEOUT) {
		err = tmp_inode_create(old_dir->sb, LINUX_S_IFCHR, &whiteout);
		if (err < 0)
			return err;
		inode_init_owner(whiteout, old_dir, LINUX_S_IFCHR);
	}
	if (flags & LINUX_RENAME_EXCHANGE) {
		rename_exchange(old_dir, e, new_dir, at);
		dir_changed(new_dir, 0);
		dir_changed(old_dir, 0);
		inode_touch(target, SETATTR_CTIME);
	} else {
		err = rename_place(new_dir, new_name, new_len, source, target);
		if (err < 0) {
			inode_put(whiteout);
			return err;
		}
		/* The reference has gone to the new entry. */
		e = dirtab_find(from, old_name, old_len);
		if (whiteout != NULL)
			e->inode = whiteout;
		else
			dirtab_remove(from, e);
		dir_changed(old_dir, whiteout != NULL ? 0 : -1);
		if (inode_is_dir(source) && old_dir != new_dir) {
			old_dir->nlink--;
			new_dir->nlink++;
		}
	}
	inode_touch(source, SETATTR_CTIME);
	return 0;
}

/* --- the rest --- */

static int tmp_readlink(struct inode *i, char **ret_text, size_t *ret_len)
{
	const char *text = tmp_node(i)->text;

	if (text == NULL)
		return -EINVAL;
	*ret_text = kstrdup(text);
	if (*ret_text == NULL)
		return -ENOMEM;
	*ret_len = strlen(text);
	return 0;
}

static int tmp_getattr(struct inode *i, struct inode_attr *ret)
{
	lock_acquire(&i->lock);
	inode_attr_own(i, ret);
	ret->blocks = tmp_node(i)->extents.pages * (PAGE_SIZE / 512);
	lock_release(&i->lock);
	return 0;
}

static int tmp_getattr_now(const struct inode *i, const struct walk_guard *guard,
			   struct inode_attr *ret)
{
	const struct tmp_node *n = atomic_load(&i->private);

	if (n == NULL || !walk_guard_holds(guard))
		return -EAGAIN;
	inode_attr_own(i, ret);
	ret->blocks = word_load_late(&n->extents.pages) * (PAGE_SIZE / 512);
	return 0;
}

static int tmp_setattr(struct inode *i, const struct setattr *attr)
{
	int err = 0;

	if (attr->valid & SETATTR_SIZE)
		err = inode_is_regular(i) ? tmp_set_size(i, attr->size) : -EINVAL;
	return err < 0 ? err : inode_setattr_generic(i, attr);
}

static s64 tmp_getxattr(struct inode *i, const char *name, void *buf, size_t size)
{
	s64 result;

	lock_acquire(&i->lock);
	result = xattrs_get(&tmp_node(i)->xattrs, name, buf, size);
	lock_release(&i->lock);
	return result;
}

static int tmp_setxattr(struct inode *i, const char *name, const void *value,
			size_t size, int flags)
{
	int err;

	lock_acquire(&i->lock);
	err = xattrs_set(&tmp_node(i)->xattrs, name, value, size, flags);
	if (err == 0)
		i->ctime = time_now();
	lock_release(&i->lock);
	return err;
}

static s64 tmp_listxattr(struct inode *i, char *buf, size_t size)
{
	s64 result;

	lock_acquire(&i->lock);
	result = xattrs_list(&tmp_node(i)->xattrs, buf, size);
	lock_release(&i->lock);
	return result;
}

static int tmp_removexattr(struct inode *i, const char *name)
{
	int err;

	lock_acquire(&i->lock);
	err = xattrs_remove(&tmp_node(i)->xattrs, name);
	if (err == 0)
		i->ctime = time_now();
	lock_release(&i->lock);
	return err;
}

static int tmp_open(struct inode *i, struct file *f)
{
	switch (i->mode & LINUX_S_IFMT) {
	case LINUX_S_IFCHR:
	case LINUX_S_IFBLK:
		return dev_open_node(i, f);
	case LINUX_S_IFIFO:
		return fifo_open(i, f);
	default:
		return 0;
	}
}

/*
 * Only whole trees go with names in them, when their super block does. Not by recursion, the
 * guest decides how deep they are: a child's entries are moved to the top before it goes.
 */
static void empty_dir(struct dirtab *t)
{
	struct dir_entry *e;

	while ((e = dirtab_from(t, 0)) != NULL) {
		struct inode *child = e->inode;
		struct dirtab *below = &tmp_node(child)->dir;
		struct dir_entry *grandchild;
		bool moved = true;

		while (moved && (grandchild = dirtab_from(below, 0)) != NULL) {
			moved = dirtab_add(t, grandchild->name, grandchild->len,
					   grandchild->inode, NULL) == 0;
			if (moved)
				dirtab_remove(below, grandchild);
		}
		dirtab_remove(t, e);
		inode_put(child);
	}
}

static void tmp_evict(struct inode *i)
{
	struct tmp_node *n = tmp_node(i);
	u64 pages = n->extents.pages;

	extents_fini(&n->extents);
	atomic_sub(&tmp_super(i)->pages, pages);
	empty_dir(&n->dir);
	dirtab_fini(&n->dir);
	xattrs_fini(&n->xattrs);
	kfree(n->text);
	kfree(n);
}

const struct inode_ops tmp_inode_ops = {
	.lookup = tmp_lookup,
	.create = tmp_create,
	.mkdir = tmp_mkdir,
	.mknod = tmp_mknod,
	.symlink = tmp_symlink,
	.link = tmp_link,
	.unlink = tmp_unlink,
	.rmdir = tmp_rmdir,
	.rename = tmp_rename,
	.tmpfile = tmp_tmpfile,
	.readlink = tmp_readlink,
	.getattr = tmp_getattr,
	.getattr_now = tmp_getattr_now,
	.setattr = tmp_setattr,
	.getxattr = tmp_getxattr,
	.setxattr = tmp_setxattr,
	.listxattr = tmp_listxattr,
	.removexattr = tmp_removexattr,
	.set_flags = inode_set_flags_generic,
	.open = tmp_open,
	.evict = tmp_evict,
};
