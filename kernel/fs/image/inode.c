/*
 * Inodes of an image: names, attributes, link texts, extended attributes.
 *
 * LIFETIME. One inode per number of the manifest while somebody refers to it, so that hard
 * links are one file. What is being evicted is not found any more.
 *
 * LOCKING. S (image_super.lock) covers the hash and is a leaf. The rest never changes.
 *
 * LINUX BEHAVIOUR. Lists of who has access are the inode's from the start: kernel/vfs/acl.c does
 * what they say. Attributes that overlayfs and composefs keep for themselves are not shown;
 * those they escaped are, under their own name.
 */
#include "abi/linux/fcntl.h"
#include "abi/linux/xattr.h"
#include "kernel/fs/dev/dev.h"
#include "kernel/fs/image/imagefs.h"
#include "kernel/locks.h"
#include "kernel/vfs/acl.h"
#include "lib/string.h"
#include "platform/plat.h"

#define BUCKETS_MIN 512u
#define BUCKETS_MAX (1u << 20)
#define LINK_MAX 4095u
#define XATTR_SPACE 65536u
#define XATTR_NAME_SPACE 256u

void image_damaged(const struct inode *i, const char *what)
{
	plat_log("image damaged: inode %llu: %s", (unsigned long long)i->ino, what);
}

/* --- the hash, all under S --- */

static u32 hash_of(u64 nid)
{
	return (u32)(nid * 0x9e3779b97f4a7c15ull >> 32);
}

static struct image_node **bucket(struct image_super *s, u64 nid)
{
	return &s->buckets[hash_of(nid) & (s->bucket_count - 1)];
}

static void hash_grow(struct image_super *s)
{
	u32 count = s->bucket_count == 0 ? BUCKETS_MIN : s->bucket_count * 2;
	struct image_node **buckets;

	if (s->inode_count < s->bucket_count || count > BUCKETS_MAX)
		return;
	buckets = kzalloc(count * sizeof(struct image_node *));
	if (buckets == NULL)
		return; /* longer chains are no error */
	for (u32 i = 0; i < s->bucket_count; i++) {
		while (s->buckets[i] != NULL) {
			struct image_node *n = s->buckets[i];
			struct image_node **b = &buckets[hash_of(n->disk.nid) & (count - 1)];

			s->buckets[i] = n->next;
			n->next = *b;
			*b = n;
		}
	}
	kfree(s->buckets);
	s->buckets = buckets;
	s->bucket_count = count;
}

static int hash_insert(struct image_super *s, struct image_node *n)
{
	struct image_node **b;

	hash_grow(s);
	if (s->bucket_count == 0)
		return -ENOMEM;
	b = bucket(s, n->disk.nid);
	n->next = *b;
	*b = n;
	n->hashed = true;
	s->inode_count++;
	return 0;
}

static struct inode *hash_find(struct image_super *s, u64 nid)
{
	if (s->bucket_count == 0)
		return NULL;
	for (struct image_node *n = *bucket(s, nid); n != NULL; n = n->next)
		if (n->disk.nid == nid && ref_get_unless_zero(&n->inode->ref))
			return n->inode;
	return NULL;
}

/* The inode of that number, or NULL. S is held. */
static struct image_node *node_known(struct image_super *s, u64 nid)
{
	struct image_node *n = s->bucket_count == 0 ? NULL : *bucket(s, nid);

	while (n != NULL && n->disk.nid != nid)
		n = n->next;
	return n;
}

static bool inode_is_known(struct image_super *s, u64 nid)
{
	bool known;

	lock_acquire(&s->lock);
	known = node_known(s, nid) != NULL;
	lock_release(&s->lock);
	return known;
}

bool image_content_is_known(struct image_super *s, u64 nid)
{
	const struct image_node *n;
	bool known;

	lock_acquire(&s->lock);
	n = node_known(s, nid);
	known = n != NULL && atomic_load(&n->data) != NULL;
	lock_release(&s->lock);
	return known;
}

static void inode_fill(struct inode *i, struct image_node *n, const struct image_inode *disk)
{
	lock_rank(&n->data_lock, RANK_OVER_COPY);
	n->inode = i;
	n->disk = *disk;
	i->private = n;
	i->ops = &image_inode_ops;
	i->fops = inode_is_dir(i) ? &image_dir_ops : &image_file_ops;
	i->ino = disk->nid + 1; /* 0 is no inode number to many programs */
	i->uid = disk->uid;
	i->gid = disk->gid;
	i->nlink = disk->nlink;
	i->size = disk->size;
	i->rdev = DEV(image_rdev_major(disk->rdev), image_rdev_minor(disk->rdev));
	i->mtime = (struct linux_timespec){ (s64)disk->mtime, disk->mtime_nsec };
	i->atime = i->ctime = i->btime = i->mtime;
}

/* --- lists of who has access --- */

/* The name with its prefix, terminated; its length, 0 for one that Linux could not have. */
static size_t xattr_name(const struct image_xattr *x, char name[XATTR_NAME_SPACE])
{
	size_t prefix = strlen(x->prefix), len = x->name_len;

	if (prefix + len >= XATTR_NAME_SPACE)
		return 0;
	memcpy(name, x->prefix, prefix);
	memcpy(name + prefix, x->name, len);
	name[prefix + len] = '\0';
	return prefix + len;
}

/* The next attribute that is a list, from cursor *c on: 1 and which one; 0: none; -EIO. */
static int next_list(const struct image *image, const struct image_inode *disk, u64 *c,
		     struct image_xattr *x, bool *ret_def)
{
	char name[XATTR_NAME_SPACE];
	int r;

	if (disk->xattrs == 0 || LINUX_S_ISLNK(disk->mode))
		return 0;
	while ((r = image_xattr(image, disk, c, x)) == 1) {
		if (xattr_name(x, name) == 0 || !str_has_prefix(name, LINUX_XATTR_SYSTEM_PREFIX))
			continue;
		*ret_def = str_equal(name, LINUX_XATTR_NAME_POSIX_ACL_DEFAULT);
		if (*ret_def || str_equal(name, LINUX_XATTR_NAME_POSIX_ACL_ACCESS))
			return 1;
	}
	return r;
}

static bool has_list(const struct image *image, const struct image_inode *disk)
{
	struct image_xattr x;
	u64 c = 0;
	bool def;

	return next_list(image, disk, &c, &x, &def) != 0;
}

/* Without its list a file would be open to those whom the list denies it: it is damaged then. */
static int take_lists(struct inode *i)
{
	struct image_xattr x;
	u64 c = 0;
	bool def;
	int r;

	while ((r = next_list(&image_super(i)->image, &image_node(i)->disk, &c, &x, &def)) == 1) {
		r = def && !inode_is_dir(i) ? 0 : acl_take(i, def, x.value, x.value_size);
		if (r < 0)
			break;
	}
	if (r == 0 || r == -ENOMEM)
		return r;
	image_damaged(i, "access control list");
	return -EIO;
}

static int inode_make(struct super *sb, const struct image_inode *disk, struct inode **ret)
{
	struct image_node *n = kzalloc(sizeof(*n));
	struct inode *made;
	int err;

	if (n == NULL)
		return -ENOMEM;
	err = inode_create_timeless(sb, disk->mode, &made);
	if (err < 0) {
		kfree(n);
		return err;
	}
	inode_fill(made, n, disk);
	err = take_lists(made);
	if (err < 0)
		inode_put(made);
	else
		*ret = made;
	return err;
}

int image_inode_find(struct super *sb, u64 nid, struct inode **ret)
{
	struct image_super *s = sb->private;
	struct image_inode disk;
	struct inode *found, *made = NULL;
	int err;

	lock_acquire(&s->lock);
	found = hash_find(s, nid);
	lock_release(&s->lock);
	if (found != NULL) {
		*ret = found;
		return 0;
	}
	err = image_inode(&s->image, nid, &disk);
	if (err == 0)
		err = inode_make(sb, &disk, &made);
	if (err < 0)
		return err;
	lock_acquire(&s->lock);
	found = hash_find(s, nid);
	if (found == NULL)
		err = hash_insert(s, image_node(made));
	lock_release(&s->lock);
	if (found != NULL || err < 0)
		inode_put(made);
	if (err == 0)
		*ret = found != NULL ? found : made;
	return err;
}

static int lookup(struct inode *dir, const char *name, size_t len, struct inode **ret)
{
	struct image_super *s = image_super(dir);
	struct image_entry found;
	int err = image_find(s, &image_node(dir)->disk, name, len, &found);

	if (err == 0)
		err = image_inode_find(dir->sb, found.nid, ret);
	if (err == -EIO)
		image_damaged(dir, "directory");
	return err;
}

static_assert(sizeof(struct image_node) <= sizeof(u64[VIEW_PRIVATE]), "VIEW_PRIVATE");

/* Damage is for lookup to tell of. */
static int image_peek(struct inode *dir, const char *name, size_t len, struct inode_view *view,
		      struct inode **ret)
{
	struct image_super *s = image_super(dir);
	struct image_entry found;
	struct image_inode disk;
	void *node;
	int err = image_find(s, &image_node(dir)->disk, name, len, &found);

	if (err == -ENOENT || (err == 0 && view == NULL))
		return err;
	if (err < 0 || image_inode(&s->image, found.nid, &disk) < 0 ||
	    (view->alone && inode_is_known(s, found.nid)) || has_list(&s->image, &disk))
		return -EAGAIN;
	*ret = inode_view_add(view, dir->sb, disk.mode, sizeof(struct image_node), &node);
	if (*ret == NULL)
		return -EAGAIN;
	inode_fill(*ret, node, &disk);
	return 0;
}

static int image_readlink(struct inode *i, char **ret_text, size_t *ret_len)
{
	const struct image_inode *d = &image_node(i)->disk;
	u64 len = 0;
	const u8 *p = NULL;
	char *text;

	/* At most 4095 bytes lie in one block. */
	if (image_data(&image_super(i)->image, d, 0, &p, &len) < 0 || len == 0 || len != d->size ||
	    len > LINK_MAX || memchr(p, 0, len) != NULL) {
		image_damaged(i, "text of a symbolic link");
		return -EIO;
	}
	text = kzalloc(len + 1);
	if (text == NULL)
		return -ENOMEM;
	memcpy(text, p, len);
	*ret_text = text;
	*ret_len = len;
	return 0;
}

/* Nothing of it ever changes: no lock. */
static int image_getattr(struct inode *i, struct inode_attr *ret)
{
	inode_attr_own(i, ret);
	if (!inode_is_regular(i) && !inode_is_dir(i))
		ret->blocks = 0;
	return 0;
}

static int image_getattr_now(const struct inode *i, const struct walk_guard *guard,
			     struct inode_attr *ret)
{
	if (!walk_guard_holds(guard))
		return -EAGAIN;
	inode_attr_own(i, ret);
	if (!inode_is_regular(i) && !inode_is_dir(i))
		ret->blocks = 0;
	return 0;
}

/* --- extended attributes --- */

static s64 image_getxattr(struct inode *i, const char *name, void *buf, size_t size)
{
	struct image_xattr x;
	u64 c = 0;
	char known[XATTR_NAME_SPACE];
	int r;

	while ((r = image_xattr(&image_super(i)->image, &image_node(i)->disk, &c, &x)) == 1) {
		if (xattr_name(&x, known) == 0 || !str_equal(known, name))
			continue;
		if (size == 0)
			return x.value_size;
		if (size < x.value_size)
			return -ERANGE;
		memcpy(buf, x.value, x.value_size);
		return x.value_size;
	}
	if (r < 0)
		image_damaged(i, "extended attributes");
	return r < 0 ? r : -ENODATA;
}

static s64 image_listxattr(struct inode *i, char *buf, size_t size)
{
	struct image_xattr x;
	u64 c = 0;
	char name[XATTR_NAME_SPACE];
	size_t total = 0;
	int r;

	while ((r = image_xattr(&image_super(i)->image, &image_node(i)->disk, &c, &x)) == 1) {
		size_t len = xattr_name(&x, name);

		/* Lists of who has access are the inode's own: acl_list(). */
		if (len == 0 || str_has_prefix(name, LINUX_XATTR_SYSTEM_PREFIX))
			continue;
		if (size != 0 && len + 1 > size - total)
			return -ERANGE;
		if (size != 0)
			memcpy(buf + total, name, len + 1);
		total += len + 1;
		if (total > XATTR_SPACE)
			return -E2BIG;
	}
	if (r < 0)
		image_damaged(i, "extended attributes");
	return r < 0 ? r : (s64)total;
}

/* --- the end --- */

static void image_evict(struct inode *i)
{
	struct image_super *s = image_super(i);
	struct image_node *n = image_node(i), **p;

	if (n == NULL)
		return;
	lock_acquire(&s->lock);
	if (n->hashed) {
		for (p = bucket(s, n->disk.nid); *p != n; p = &(*p)->next)
			;
		*p = n->next;
		s->inode_count--;
	}
	lock_release(&s->lock);
	inode_put(n->data);
	inode_put(n->copy);
	kfree(n->verified);
	kfree(n);
	i->private = NULL;
}

const struct inode_ops image_inode_ops = {
	.lookup = lookup,
	.peek = image_peek,
	.readlink = image_readlink,
	.getattr = image_getattr,
	.getattr_now = image_getattr_now,
	.getxattr = image_getxattr,
	.listxattr = image_listxattr,
	.open = image_file_open,
	.evict = image_evict,
};
