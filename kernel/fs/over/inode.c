/*
 * The writable layer: inodes.
 *
 * OVERVIEW. Not two trees merged by name, but one tree of inodes of our own. Each knows the
 * lower inode it began as, if any, and what has changed: attributes, extended attributes,
 * the data of a regular file (a nameless file of a private tmpfs), and of a directory the
 * names that differ: new ones with their inode, whiteouts without. So nothing but data is
 * ever copied up, renaming a merged directory is one entry moved, and a file keeps its inode
 * number, its hard links and its open descriptions through every change.
 *
 * LIFETIME. lower.c finds the inode over a lower file. One that has nothing of its own may go
 * and come again; one that has is pinned: the super block owns a reference until the last name
 * is gone.
 *
 * LOCKING. The lock of a directory is taken before that of its lower directory. over_super
 * .lock is a leaf. copy_lock: see file.c.
 *
 * LINUX BEHAVIOUR. overlayfs without its departures from POSIX: no EXDEV, no second inode
 * after a copy-up, and a description opened before sees what is written after.
 *
 * NOT DONE. A private mapping made before a copy-up keeps showing the lower file. Names that
 * appear in the lower directory later than their cover here are shown when the cover goes.
 */
#include "kernel/fs/image/image.h"
#include "kernel/fs/over/disk.h"
#include "kernel/locks.h"
#include "lib/string.h"

#define FIRST_INO ((u64)1 << 40) /* of new files: above what hosts use */

/* --- making and finding --- */

static void set_attr(struct inode *i, const struct inode_attr *a)
{
	atomic_store(&i->mode, a->mode);
	i->uid = a->uid;
	i->gid = a->gid;
	i->nlink = a->nlink;
	atomic_store(&i->size, a->size);
	i->atime = a->atime;
	i->mtime = a->mtime;
	i->ctime = a->ctime;
	i->btime = a->btime;
}

static void node_init(struct inode *i)
{
	struct over_node *n = over_node(i);

	lock_rank(&n->copy_lock, RANK_OVER_COPY);
	list_init(&n->pin_link);
	i->ops = over_super(i)->disk == NULL ? &over_inode_ops : &over_disk_inode_ops;
	if (inode_is_regular(i))
		i->fops = &over_file_ops;
	else if (inode_is_dir(i))
		i->fops = &over_dir_ops;
}

static int node_create(struct super *sb, u32 mode, bool timeless, struct inode **ret)
{
	int err = timeless ? inode_create_timeless(sb, mode, ret) : inode_create(sb, mode, ret);

	if (err == 0)
		node_init(*ret);
	return err;
}

/* i is over a lower file, which attr tells of, and nothing of it has changed. */
static void set_lower_attr(struct inode *i, const struct inode_attr *attr)
{
	struct over_node *n = over_node(i);

	set_attr(i, attr);
	i->ino = attr->ino;
	i->rdev = attr->rdev;
	n->dev = attr->dev;
	n->blocks = attr->blocks;
	n->blksize = attr->blksize;
	atomic_or(&i->flags, protection_of(over_super(i)->protection, attr->ino));
}

int over_inode_cover(struct super *sb, const struct inode_attr *attr, struct inode **ret)
{
	int err = node_create(sb, attr->mode, true, ret);

	if (err == 0)
		set_lower_attr(*ret, attr);
	return err;
}

static_assert(sizeof(struct over_node) <= sizeof(u64[VIEW_PRIVATE]), "VIEW_PRIVATE");

int over_peek(struct inode *dir, const char *name, size_t len, struct inode_view *view,
	      struct inode **ret)
{
	struct over_node *n = over_node(dir);
	const struct list *pinned = &over_super(dir)->pinned;
	const struct dir_entry *e = NULL;
	struct inode_attr attr;
	struct inode *lower;
	void *node;
	int err;

	if (n->lower == NULL || n->lower->ops->peek == NULL)
		return -EAGAIN;
	if (atomic_load(&n->dir.count) != 0) {
		lock_acquire(&dir->lock);
		e = dirtab_find(&n->dir, name, len);
		lock_release(&dir->lock);
	}
	if (e != NULL)
		return -EAGAIN;
	/* What has changed is pinned. */
	if (view != NULL)
		view->alone = atomic_load(&pinned->next) != pinned;
	err = n->lower->ops->peek(n->lower, name, len, view, &lower);
	if (err < 0 || view == NULL)
		return err;
	err = inode_getattr(lower, &attr);
	*ret = err < 0 ? NULL : inode_view_add(view, dir->sb, attr.mode, sizeof(*n), &node);
	if (*ret == NULL)
		return -EAGAIN;
	node_init(*ret);
	set_lower_attr(*ret, &attr);
	over_node(*ret)->lower = lower;
	return 0;
}

int over_inode_blank(struct super *sb, u32 mode, u64 id, struct inode **ret)
{
	struct inode *i;
	int err = node_create(sb, mode, false, &i);

	if (err < 0)
		return err;
	i->ino = FIRST_INO + id;
	over_node(i)->disk_id = id;
	over_node(i)->dev = over_node(sb->root->inode)->dev;
	over_node(i)->flags = OVER_OWN_ATTR | OVER_OWN_XATTR;
	over_node(i)->blksize = PAGE_SIZE;
	if (LINUX_S_ISDIR(mode))
		i->size = PAGE_SIZE;
	*ret = i;
	return 0;
}

int over_inode_make(struct inode *dir, u32 mode, struct inode **ret)
{
	struct inode *i;
	int err = node_create(dir->sb, mode, false, &i);

	if (err < 0)
		return err;
	i->ino += FIRST_INO;
	inode_init_owner(i, dir, mode);
	over_node(i)->dev = over_node(dir)->dev;
	over_node(i)->flags = OVER_OWN_ATTR | OVER_OWN_XATTR;
	over_node(i)->blksize = PAGE_SIZE;
	if (over_super(i)->disk != NULL) {
		over_disk_number(i);
		i->ino = FIRST_INO + over_node(i)->disk_id;
	}
	if (LINUX_S_ISREG(mode))
		err = over_super(i)->disk != NULL ?
			      over_disk_data(i, &over_node(i)->upper) :
			      tmp_inode_create(over_super(i)->upper, mode,
					       &over_node(i)->upper);
	if (LINUX_S_ISDIR(mode)) {
		i->nlink = 2;
		i->size = PAGE_SIZE;
	}
	if (err < 0)
		inode_put(i);
	else
		*ret = i;
	return err;
}

void over_evict(struct inode *i)
{
	struct over_node *n = over_node(i);

	over_table_leave(i);
	inode_put(n->lower);
	if (i->nlink == 0)
		over_disk_forget(i);
	inode_put(n->upper);
	if (inode_is_dir(i)) {
		over_empty_dir(&n->dir);
		dirtab_fini(&n->dir);
	} else if (n->lower_dir != NULL) {
		over_place_fini(n);
	} else if (n->lower == NULL && inode_is_symlink(i)) {
		kfree(n->text);
	}
	xattrs_fini(&n->xattrs);
}

/* --- pins --- */

static void pin_locked(struct inode *i)
{
	struct over_super *s = over_super(i);
	struct over_node *n = over_node(i);

	if (!over_has_lower(i) || n->flags & OVER_PINNED || i->nlink == 0)
		return;
	n->flags |= OVER_PINNED;
	inode_get(i);
	lock_acquire(&s->lock);
	list_add(&s->pinned, &n->pin_link);
	lock_release(&s->lock);
}

void over_unpin_locked(struct inode *i)
{
	struct over_super *s = over_super(i);
	struct over_node *n = over_node(i);

	if (!(n->flags & OVER_PINNED))
		return;
	n->flags &= ~OVER_PINNED;
	lock_acquire(&s->lock);
	list_del(&n->pin_link);
	lock_release(&s->lock);
	inode_put(i); /* not the last: the caller has one */
}

void over_unpin_all(struct super *sb)
{
	struct over_super *s = sb->private;

	for (;;) {
		struct inode *i = NULL;

		lock_acquire(&s->lock);
		if (!list_empty(&s->pinned)) {
			struct over_node *n = list_first(&s->pinned, struct over_node, pin_link);

			i = inode_get(over_inode(n));
		}
		lock_release(&s->lock);
		if (i == NULL)
			return;
		lock_acquire(&i->lock);
		over_unpin_locked(i);
		lock_release(&i->lock);
		inode_put(i);
	}
}

/* --- attributes --- */

void over_own_attr(struct inode *i)
{
	struct over_node *n = over_node(i);
	struct inode_attr attr;

	if (!(n->flags & OVER_OWN_ATTR)) {
		if (over_lower_is_live(i) && inode_getattr(n->lower, &attr) == 0)
			set_attr(i, &attr);
		n->flags |= OVER_OWN_ATTR;
	}
	pin_locked(i);
}

static bool time_before(const struct linux_timespec *a, const struct linux_timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* upper: layer has the attributes of the file with the data; else what it has is the node's. */
static void attr_fill(const struct inode *i, const struct over_node *n, bool upper,
		      const struct inode_attr *layer, struct inode_attr *ret)
{
	ret->ino = i->ino;
	ret->size = upper ? layer->size : i->size;
	ret->blocks = layer->blocks;
	ret->dev = n->dev;
	ret->rdev = i->rdev;
	ret->mode = i->mode;
	ret->uid = i->uid;
	ret->gid = i->gid;
	ret->nlink = i->nlink;
	ret->blksize = layer->blksize;
	ret->atime = upper ? layer->atime : i->atime;
	ret->mtime = upper ? layer->mtime : i->mtime;
	ret->ctime = upper ? layer->ctime : i->ctime;
	ret->btime = i->btime;
}

int over_getattr(struct inode *i, struct inode_attr *ret)
{
	struct over_node *n = over_node(i);
	struct inode *upper = over_upper(i);
	struct inode_attr layer;
	bool live = upper == NULL && n->lower != NULL && over_lower_is_live(i);
	int err = 0;

	layer.blocks = n->blocks;
	layer.blksize = n->blksize;
	if (upper != NULL)
		err = inode_getattr(upper, &layer);
	else if (live)
		err = inode_getattr(n->lower, &layer);
	if (err < 0)
		return err;
	lock_acquire(&i->lock);
	if (live && !(n->flags & OVER_OWN_ATTR))
		set_attr(i, &layer);
	attr_fill(i, n, upper != NULL, &layer, ret);
	/* The host's file knows nothing of what is only ours. */
	if (upper != NULL && over_super(i)->disk != NULL && time_before(&layer.ctime, &i->ctime))
		ret->ctime = i->ctime;
	lock_release(&i->lock);
	return 0;
}

int over_getattr_now(const struct inode *i, const struct walk_guard *guard,
		     struct inode_attr *ret)
{
	const struct super *sb = atomic_load(&i->sb);
	const struct over_node *n = atomic_load(&i->private);
	const struct inode *upper;
	struct inode_attr layer;

	if (sb == NULL || n == NULL || !walk_guard_holds(guard))
		return -EAGAIN;
	upper = atomic_load(&n->upper);
	if (atomic_load_relaxed(&sb->flags) & (SUPER_NO_NEGATIVE | SUPER_NO_CACHE))
		return -EAGAIN;
	layer.blocks = n->blocks;
	layer.blksize = n->blksize;
	/* A layer on disk asks the host: that is not answered now. */
	if (upper != NULL &&
	    (!walk_guard_holds(guard) || inode_getattr_now(upper, guard, &layer) < 0))
		return -EAGAIN;
	attr_fill(i, n, upper != NULL, &layer, ret);
	return 0;
}

int over_setattr(struct inode *i, const struct setattr *attr)
{
	int err = 0;

	if (attr->valid & SETATTR_SIZE)
		err = inode_is_regular(i) ? over_set_size(i, attr->size) : -EINVAL;
	if (err < 0)
		return err;
	lock_acquire(&over_node(i)->copy_lock);
	lock_acquire(&i->lock);
	over_own_attr(i);
	lock_release(&i->lock);
	err = inode_setattr_generic(i, attr);
	if (err == 0 && over_upper(i) != NULL)
		err = over_upper_setattr(i, attr);
	if (err == 0 && attr->valid & SETATTR_MTIME)
		atomic_store(&over_node(i)->unsaved, true);
	lock_release(&over_node(i)->copy_lock);
	return err;
}

/* --- links, extended attributes --- */

int over_readlink(struct inode *i, char **ret_text, size_t *ret_len)
{
	const char *text;
	struct inode *lower;
	int err;

	if (over_has_lower(i)) {
		err = over_lower(i, &lower);
		return err < 0 ? err : lower->ops->readlink(lower, ret_text, ret_len);
	}
	text = inode_is_symlink(i) ? over_node(i)->text : NULL;
	if (text == NULL)
		return -EINVAL;
	*ret_text = kstrdup(text);
	if (*ret_text == NULL)
		return -ENOMEM;
	*ret_len = strlen(text);
	return 0;
}

/*
 * The lower inode, borrowed, if it is to be asked for extended attributes; NULL: what we have
 * is complete.
 */
static int xattr_lower(struct inode *i, struct inode **ret)
{
	int err = 0;

	*ret = NULL;
	if (!(atomic_load(&over_node(i)->flags) & OVER_OWN_XATTR))
		err = over_lower(i, ret);
	if (err == 0 && *ret != NULL &&
	    ((*ret)->ops->getxattr == NULL || (*ret)->ops->listxattr == NULL))
		*ret = NULL;
	return err;
}

/* The same with i->lock held. */
static bool asks_lower(const struct inode *i, const struct inode *lower)
{
	return lower != NULL && !(over_node(i)->flags & OVER_OWN_XATTR);
}

s64 over_getxattr(struct inode *i, const char *name, void *buf, size_t size)
{
	bool (*shows)(const char *) = over_super(i)->lower->type->shows_xattr;
	struct inode *lower = NULL;
	s64 result = shows == NULL || shows(name) ? xattr_lower(i, &lower) : 0;

	if (result < 0)
		return result;
	lock_acquire(&i->lock);
	if (asks_lower(i, lower))
		result = lower->ops->getxattr(lower, name, buf, size);
	else
		result = xattrs_get(&over_node(i)->xattrs, name, buf, size);
	lock_release(&i->lock);
	return result;
}

/* The names of the lower file's, without lists of who has access, to be kfree'd; their length. */
static s64 lower_names(struct inode *lower, char **ret)
{
	s64 len = lower->ops->listxattr(lower, NULL, 0), out = 0;
	char *names;

	if (len < 0)
		return len;
	names = kzalloc((size_t)len + 1);
	if (names == NULL)
		return -ENOMEM;
	if (len > 0)
		len = lower->ops->listxattr(lower, names, (size_t)len);
	for (s64 at = 0, n; at < len; at += n) {
		n = (s64)strlen(names + at) + 1;
		if (str_has_prefix(names + at, LINUX_XATTR_SYSTEM_PREFIX))
			continue;
		memmove(names + out, names + at, (size_t)n);
		out += n;
	}
	*ret = names;
	return len < 0 ? len : out;
}

s64 over_listxattr(struct inode *i, char *buf, size_t size)
{
	AUTO_KFREE char *names = NULL;
	struct inode *lower;
	s64 result = xattr_lower(i, &lower);

	if (result < 0)
		return result;
	lock_acquire(&i->lock);
	if (asks_lower(i, lower))
		result = lower_names(lower, &names);
	else
		result = xattrs_list(&over_node(i)->xattrs, buf, size);
	lock_release(&i->lock);
	if (names == NULL || result < 0 || size == 0)
		return result;
	if ((size_t)result > size)
		return -ERANGE;
	memcpy(buf, names, (size_t)result);
	return result;
}

static int import_one(struct inode *i, struct inode *lower, const char *name)
{
	s64 size = lower->ops->getxattr(lower, name, NULL, 0);
	AUTO_KFREE char *value = NULL;

	if (size < 0)
		return size == -ENODATA ? 0 : (int)size;
	value = kzalloc((size_t)size + 1);
	if (value == NULL)
		return -ENOMEM;
	size = lower->ops->getxattr(lower, name, value, (size_t)size);
	if (size < 0)
		return (int)size;
	return xattrs_set(&over_node(i)->xattrs, name, value, (size_t)size, 0);
}

/* Make the extended attributes, which lower may have, ours. i->lock is held. */
static int own_xattrs(struct inode *i, struct inode *lower)
{
	struct over_node *n = over_node(i);
	AUTO_KFREE char *names = NULL;
	s64 len;
	int err;

	if (asks_lower(i, lower)) {
		len = lower_names(lower, &names);
		if (len == -ENOMEM)
			return -ENOMEM;
		for (s64 at = 0; at < len; at += (s64)strlen(names + at) + 1) {
			err = import_one(i, lower, names + at);
			if (err < 0) {
				xattrs_fini(&n->xattrs);
				return err;
			}
		}
	}
	n->flags |= OVER_OWN_XATTR;
	over_own_attr(i);
	return 0;
}

int over_setxattr(struct inode *i, const char *name, const void *value,
			 size_t size, int flags)
{
	struct inode *lower;
	int err = xattr_lower(i, &lower);

	if (err < 0)
		return err;
	lock_acquire(&i->lock);
	err = own_xattrs(i, lower);
	if (err == 0)
		err = xattrs_set(&over_node(i)->xattrs, name, value, size, flags);
	if (err == 0)
		i->ctime = time_now();
	lock_release(&i->lock);
	return err;
}

int over_removexattr(struct inode *i, const char *name)
{
	struct inode *lower;
	int err = xattr_lower(i, &lower);

	if (err < 0)
		return err;
	lock_acquire(&i->lock);
	err = own_xattrs(i, lower);
	if (err == 0)
		err = xattrs_remove(&over_node(i)->xattrs, name);
	if (err == 0)
		i->ctime = time_now();
	lock_release(&i->lock);
	return err;
}

int over_keep_acl(struct inode *i, UNUSED const char *name, UNUSED const void *value,
		  UNUSED size_t size)
{
	lock_acquire(&i->lock);
	over_own_attr(i); /* so it stays in memory */
	lock_release(&i->lock);
	return 0;
}

int over_set_flags(struct inode *i, u32 flags)
{
	lock_acquire(&i->lock);
	over_own_attr(i);
	lock_release(&i->lock);
	return inode_set_flags_generic(i, flags);
}

const struct inode_ops over_inode_ops = {
	.lookup = over_lookup,
	.peek = over_peek,
	.create = over_create_op,
	.mkdir = over_mkdir,
	.mknod = over_mknod,
	.symlink = over_symlink,
	.link = over_link,
	.unlink = over_unlink,
	.rmdir = over_rmdir,
	.rename = over_rename,
	.tmpfile = over_tmpfile,
	.readlink = over_readlink,
	.getattr = over_getattr,
	.getattr_now = over_getattr_now,
	.setattr = over_setattr,
	.getxattr = over_getxattr,
	.setxattr = over_setxattr,
	.listxattr = over_listxattr,
	.removexattr = over_removexattr,
	.keep_acl = over_keep_acl,
	.set_flags = over_set_flags,
	.open = over_open,
	.ahead = over_ahead,
	.ahead_lookup = over_ahead_lookup,
	.evict = over_evict,
};
