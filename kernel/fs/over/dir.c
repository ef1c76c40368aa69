/*
 * The writable layer: names.
 *
 * OVERVIEW. A directory's table has the names that differ from the lower directory: an
 * entry with an inode is a name, one without a whiteout. An entry that covers a lower name
 * becomes a whiteout when the name goes; others are just removed.
 *
 * LOCKING. All are called with the directory's lock held, and with that of a directory that
 * is removed or replaced.
 */
#include "kernel/fs/over/overfs.h"
#include "lib/string.h"

static struct dirtab *table(const struct inode *dir)
{
	return &over_node(dir)->dir;
}

static void dir_changed(struct inode *dir)
{
	over_own_attr(dir);
	dir->mtime = dir->ctime = time_now();
}

static int lower_lookup(struct inode *lower, const char *name, size_t len,
			struct inode **ret)
{
	int err;

	if (lower->ops->lookup == NULL)
		return -ENOTDIR;
	lock_acquire(&lower->lock);
	err = lower->ops->lookup(lower, name, len, ret);
	lock_release(&lower->lock);
	return err;
}

int over_lookup(struct inode *dir, const char *name, size_t len, struct inode **ret)
{
	const struct dir_entry *e;
	struct inode *lower;
	int err;

	if (!inode_is_dir(dir))
		return -ENOTDIR;
	e = dirtab_find(table(dir), name, len);
	if (e != NULL && e->inode == NULL)
		return -ENOENT;
	if (e != NULL) {
		*ret = inode_get(e->inode);
		return 0;
	}
	if (over_node(dir)->lower == NULL)
		return -ENOENT;
	err = over_inode_look(dir, name, len, ret);
	if (err != -ENOSYS)
		return err;
	err = lower_lookup(over_node(dir)->lower, name, len, &lower);
	return err < 0 ? err : over_inode_find(dir->sb, lower, ret);
}

/* --- entries --- */

/* Give a name that is not there to the inode, whose reference is taken over on success. */
static int entry_make(struct inode *dir, const char *name, size_t len,
		      struct inode *inode)
{
	struct dir_entry *e = dirtab_find(table(dir), name, len);
	int err;

	if (e == NULL) {
		err = dirtab_add(table(dir), name, len, inode, NULL);
		if (err < 0)
			return err;
	} else {
		e->inode = inode;
	}
	over_node(dir)->names++;
	dir_changed(dir);
	return 0;
}

/* The entry of a name that is there; one is made for a name of the lower directory. */
static int entry_own(struct inode *dir, const char *name, size_t len,
		     struct inode *inode, struct dir_entry **ret)
{
	int err;

	*ret = dirtab_find(table(dir), name, len);
	if (*ret != NULL)
		return 0;
	err = dirtab_add(table(dir), name, len, inode, ret);
	if (err < 0)
		return err;
	inode_get(inode);
	(*ret)->flags = ENTRY_COVERS;
	over_node(dir)->names++;
	over_own_attr(dir);
	return 0;
}

/* The name goes. Value: the inode, whose reference is the caller's. */
static struct inode *entry_clear(struct inode *dir, struct dir_entry *e)
{
	struct inode *inode = e->inode;

	if (e->flags & ENTRY_COVERS)
		e->inode = NULL;
	else
		dirtab_remove(table(dir), e);
	over_node(dir)->names--;
	dir_changed(dir);
	return inode;
}

static void nlink_set(struct inode *i, u32 nlink)
{
	struct inode *upper = over_upper(i);

	over_own_attr(i);
	i->nlink = nlink;
	i->ctime = time_now();
	if (nlink == 0)
		over_unpin_locked(i);
	if (upper != NULL)
		inode_touch(upper, SETATTR_CTIME);
}

static void nlink_add(struct inode *i, s32 by)
{
	lock_acquire(&i->lock);
	over_own_attr(i);
	/* A lower file may have more names than its count says: those of other trees. */
	nlink_set(i, by < 0 && i->nlink == 0 ? 0 : i->nlink + (u32)by);
	lock_release(&i->lock);
}

/* --- making --- */

static int make(struct inode *dir, const char *name, size_t len, u32 mode,
		struct inode **ret)
{
	struct inode *i;
	int err = over_inode_make(dir, mode, &i);

	if (err < 0)
		return err;
	err = entry_make(dir, name, len, i);
	if (err < 0)
		inode_put(i);
	else
		*ret = inode_get(i);
	return err;
}

int over_create_op(struct inode *dir, const char *name, size_t len, u32 mode,
		   struct inode **ret)
{
	return make(dir, name, len, mode, ret);
}

int over_mkdir(struct inode *dir, const char *name, size_t len, u32 mode,
	       struct inode **ret)
{
	int err = make(dir, name, len, mode, ret);

	if (err == 0)
		dir->nlink++;
	return err;
}

int over_mknod(struct inode *dir, const char *name, size_t len, u32 mode, u64 rdev,
	       struct inode **ret)
{
	int err = make(dir, name, len, mode, ret);

	if (err == 0)
		(*ret)->rdev = rdev;
	return err;
}

int over_symlink(struct inode *dir, const char *name, size_t len, const char *text,
		 struct inode **ret)
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
	over_node(*ret)->text = copy;
	(*ret)->size = strlen(copy);
	return 0;
}

int over_link(struct inode *dir, const char *name, size_t len, struct inode *target)
{
	int err = entry_make(dir, name, len, target);

	if (err < 0)
		return err;
	inode_get(target);
	nlink_add(target, 1);
	return 0;
}

int over_tmpfile(struct inode *dir, u32 mode, struct inode **ret)
{
	int err = over_inode_make(dir, mode, ret);

	if (err == 0)
		(*ret)->nlink = 0;
	return err;
}

/* --- removing --- */

int over_unlink(struct inode *dir, const char *name, size_t len, struct inode *target)
{
	struct dir_entry *e;
	int err = entry_own(dir, name, len, target, &e);

	if (err < 0)
		return err;
	nlink_add(target, -1);
	inode_put(entry_clear(dir, e));
	return 0;
}

int over_rmdir(struct inode *dir, const char *name, size_t len, struct inode *target)
{
	struct dir_entry *e;
	int err = over_dir_is_empty(target);

	if (err == 0)
		err = entry_own(dir, name, len, target, &e);
	if (err < 0)
		return err;
	nlink_set(target, 0);
	inode_put(entry_clear(dir, e));
	dir->nlink -= dir->nlink > 2;
	return 0;
}

/* --- moving --- */

/* The entry at the new name, for target or for nothing. */
static int rename_entry(struct inode *dir, const char *name, size_t len,
			struct inode *target, struct dir_entry **ret)
{
	if (target != NULL)
		return entry_own(dir, name, len, target, ret);
	*ret = dirtab_find(table(dir), name, len);
	return *ret != NULL ? 0 : dirtab_add(table(dir), name, len, NULL, ret);
}

static void parents_changed(struct inode *old_dir, struct inode *new_dir, s32 dirs)
{
	dir_changed(old_dir);
	dir_changed(new_dir);
	if (old_dir == new_dir)
		return;
	old_dir->nlink -= (u32)dirs;
	new_dir->nlink += (u32)dirs;
}

static void touch_ctime(struct inode *i)
{
	struct inode *upper = over_upper(i);

	lock_acquire(&i->lock);
	over_own_attr(i);
	i->ctime = time_now();
	lock_release(&i->lock);
	if (upper != NULL)
		inode_touch(upper, SETATTR_CTIME);
}

static void replace(struct inode *new_dir, struct inode *target)
{
	if (inode_is_dir(target)) {
		nlink_set(target, 0); /* locked by the caller */
		new_dir->nlink -= new_dir->nlink > 2;
	} else {
		nlink_add(target, -1);
	}
}

int over_rename(struct inode *old_dir, const char *old_name, size_t old_len,
		struct inode *source, struct inode *new_dir, const char *new_name,
		size_t new_len, struct inode *target, u32 flags)
{
	bool exchange = flags & LINUX_RENAME_EXCHANGE;
	struct dir_entry *from, *to;
	struct inode *whiteout = NULL;
	s32 dirs = inode_is_dir(source);
	int err = 0;

	if (flags & LINUX_RENAME_WHITEOUT)
		err = over_inode_make(old_dir, LINUX_S_IFCHR, &whiteout);
	if (err == 0 && target != NULL && inode_is_dir(target) && !exchange)
		err = over_dir_is_empty(target);
	if (err == 0)
		err = entry_own(old_dir, old_name, old_len, source, &from);
	if (err == 0)
		err = rename_entry(new_dir, new_name, new_len, target, &to);
	if (err < 0) {
		inode_put(whiteout);
		return err;
	}
	if (exchange) {
		from->inode = target;
		to->inode = source;
		parents_changed(old_dir, new_dir, dirs - (s32)inode_is_dir(target));
		touch_ctime(target);
	} else {
		if (target != NULL)
			replace(new_dir, target);
		/* The reference moves along. */
		to->inode = whiteout == NULL ? entry_clear(old_dir, from) : source;
		if (whiteout != NULL)
			from->inode = whiteout;
		if (target == NULL)
			over_node(new_dir)->names++;
		inode_put(target);
		parents_changed(old_dir, new_dir, dirs);
	}
	touch_ctime(source);
	return 0;
}

/* --- the end --- */

/*
 * Not by recursion, the guest decides how deep a tree is: a child's names are moved to the
 * top before the child goes.
 */
void over_empty_dir(struct dirtab *t)
{
	struct dir_entry *e, *below;

	while ((e = dirtab_from(t, 0)) != NULL) {
		struct inode *child = e->inode;
		bool moved = true;

		dirtab_remove(t, e);
		if (child == NULL)
			continue;
		while (moved && (below = dirtab_from(table(child), 0)) != NULL) {
			moved = dirtab_add(t, below->name, below->len, below->inode,
					   NULL) == 0;
			if (moved)
				dirtab_remove(table(child), below);
		}
		inode_put(child);
	}
}
