/*
 * The writable layer: which inode is over which lower file.
 *
 * OVERVIEW. A table by the lower file's device, number and time of birth, so that two names of
 * one lower file are one file here, too. Of a host's file that was only looked at there is no
 * lower inode: its attributes are in the inode over it, with the lower directory and the name
 * there, and over_lower() makes it when somebody opens the file, reads the link or asks for
 * extended attributes. Most names of a tree that is walked through never need one.
 *
 * LOCKING. over_super.lock covers the table; no other lock is taken under it. An inode on its
 * way out (its count is zero) stays until it has left by itself, and is not found any more.
 */
#include "kernel/fs/over/overfs.h"
#include "kernel/vfs/acl.h"
#include "lib/string.h"

#define BUCKETS_MIN 512u
#define BUCKETS_MAX (1u << 20)

/* --- the table, under over_super.lock --- */

static u32 table_hash(u64 dev, u64 ino)
{
	return (u32)(((ino ^ dev * 0x9e3779b97f4a7c15ull) * 0xff51afd7ed558ccdull) >> 32);
}

static struct over_node **table_bucket(struct over_super *s, u64 dev, u64 ino)
{
	return &s->buckets[table_hash(dev, ino) & (s->bucket_count - 1)];
}

static void table_grow(struct over_super *s)
{
	u32 had = s->bucket_count, count = had == 0 ? BUCKETS_MIN : had * 4;
	struct over_node **old = s->buckets, **buckets;

	if (s->node_count < had || count > BUCKETS_MAX)
		return;
	buckets = kzalloc(count * sizeof(struct over_node *));
	if (buckets == NULL)
		return; /* longer chains are no error */
	s->buckets = buckets;
	s->bucket_count = count;
	for (u32 b = 0; b < had; b++) {
		for (struct over_node *n = old[b], *next; n != NULL; n = next) {
			struct over_node **to = table_bucket(s, n->dev, over_inode(n)->ino);

			next = n->hash_next;
			n->hash_next = *to;
			*to = n;
		}
	}
	kfree(old);
}

static void table_insert(struct over_super *s, struct inode *i)
{
	struct over_node *n = over_node(i), **b;

	table_grow(s);
	if (s->bucket_count == 0)
		return; /* out of memory: the inode is just not found again */
	b = table_bucket(s, n->dev, i->ino);
	n->hash_next = *b;
	*b = n;
	n->hashed = true;
	s->node_count++;
}

static void table_remove(struct over_super *s, struct inode *i)
{
	struct over_node *n = over_node(i), **b;

	if (!n->hashed)
		return;
	for (b = table_bucket(s, n->dev, i->ino); *b != n; b = &(*b)->hash_next)
		;
	*b = n->hash_next;
	n->hashed = false;
	s->node_count--;
}

/*
 * Is i over the file with these attributes? Hosts give numbers of removed files away at once;
 * of a tree that others change the times of birth may change, too (host/inode.c).
 */
static bool is_over(const struct inode *i, const struct inode_attr *attr)
{
	return i->ino == attr->ino && over_node(i)->dev == attr->dev &&
	       !((i->mode ^ attr->mode) & LINUX_S_IFMT) &&
	       (over_lower_is_live(i) || (i->btime.tv_sec == attr->btime.tv_sec &&
					  i->btime.tv_nsec == attr->btime.tv_nsec));
}

/*
 * The inode over the file, referenced, or NULL: there is none, or it is on its way out. A
 * directory may be shown at several places by the host; it is the lower inode that counts.
 */
static struct inode *table_find(struct over_super *s, const struct inode_attr *attr,
				const struct inode *lower)
{
	struct over_node *n = s->bucket_count == 0 ? NULL :
						     *table_bucket(s, attr->dev, attr->ino);

	for (; n != NULL; n = n->hash_next) {
		struct inode *i = over_inode(n);

		if (is_over(i, attr) && (!LINUX_S_ISDIR(attr->mode) || n->lower == lower) &&
		    ref_get_unless_zero(&i->ref))
			return i;
	}
	return NULL;
}

void over_table_leave(struct inode *i)
{
	struct over_super *s = over_super(i);

	lock_acquire(&s->lock);
	table_remove(s, i);
	lock_release(&s->lock);
}

/* made, over what attr tells of, comes into the table unless another one is there: that, then. */
static struct inode *table_enter(struct over_super *s, const struct inode_attr *attr,
				 struct inode *made)
{
	struct inode *found;

	lock_acquire(&s->lock);
	found = table_find(s, attr, over_node(made)->lower);
	if (found == NULL)
		table_insert(s, made);
	lock_release(&s->lock);
	if (found == NULL)
		return made;
	inode_put(made);
	return found;
}

/* --- finding --- */

int over_inode_find(struct super *sb, struct inode *lower, struct inode **ret)
{
	struct over_super *s = sb->private;
	struct inode_attr attr;
	struct inode *found, *made;
	int err = inode_getattr(lower, &attr);

	if (err < 0)
		goto out;
	lock_acquire(&s->lock);
	found = table_find(s, &attr, lower);
	lock_release(&s->lock);
	if (found == NULL) {
		err = over_inode_cover(sb, &attr, &made);
		if (err < 0)
			goto out;
		over_node(made)->lower = inode_get(lower);
		if (atomic_load(&lower->acls) != NULL && lower->sb->type == &image_fs_type)
			err = acl_copy(lower, made);
		if (err < 0) {
			inode_put(made);
			goto out;
		}
		found = table_enter(s, &attr, made);
	}
	*ret = found;
out:
	inode_put(lower);
	return err;
}

static int place_init(struct over_place *p, const char *name, size_t len)
{
	p->name = len < sizeof(p->short_name) ? p->short_name : kzalloc(len + 1);
	if (p->name == NULL)
		return -ENOMEM;
	memcpy(p->name, name, len);
	return 0;
}

void over_place_fini(struct over_node *n)
{
	if (n->place.name != n->place.short_name)
		kfree(n->place.name);
	inode_put(n->lower_dir);
}

/* What the lower directory has under the name has these attributes, and no inode yet. */
static int inode_show(struct inode *dir, struct inode *lower_dir, const char *name, size_t len,
		      const struct inode_attr *attr, struct inode **ret)
{
	struct over_super *s = over_super(dir);
	struct inode *found, *made;
	int err;

	lock_acquire(&s->lock);
	found = table_find(s, attr, NULL);
	lock_release(&s->lock);
	if (found == NULL) {
		err = over_inode_cover(dir->sb, attr, &made);
		if (err < 0)
			return err;
		err = place_init(&over_node(made)->place, name, len);
		if (err < 0) {
			inode_put(made);
			return err;
		}
		over_node(made)->lower_dir = inode_get(lower_dir);
		found = table_enter(s, attr, made);
	}
	*ret = found;
	return 0;
}

int over_inode_look(struct inode *dir, const char *name, size_t len, struct inode **ret)
{
	struct inode *lower_dir = over_node(dir)->lower, *lower;
	struct inode_attr attr;
	int err;

	if (lower_dir->ops->look == NULL)
		return -ENOSYS;
	err = lower_dir->ops->look(lower_dir, name, len, &attr, &lower);
	if (err < 0)
		return err;
	return lower == NULL ? inode_show(dir, lower_dir, name, len, &attr, ret) :
			       over_inode_find(dir->sb, lower, ret);
}

static bool is_same(const struct inode *i, struct inode *lower)
{
	struct inode_attr attr;

	return inode_getattr(lower, &attr) == 0 && is_over(i, &attr);
}

/* The lower inode of one that was only looked at: as it was found, unless we changed that. */
static int lower_recall(struct inode *i, struct inode **ret)
{
	struct over_node *n = over_node(i);
	struct inode *dir = n->lower_dir;
	size_t len = strlen(n->place.name);
	struct inode_attr attr;
	int err = over_getattr(i, &attr);

	if (err < 0)
		return err;
	if (!(atomic_load(&n->flags) & OVER_OWN_ATTR))
		return dir->ops->recall(dir, n->place.name, len, &attr, ret);
	lock_acquire(&dir->lock);
	err = dir->ops->lookup(dir, n->place.name, len, ret);
	lock_release(&dir->lock);
	if (err < 0)
		return err == -ENOENT ? -ESTALE : err;
	if (is_same(i, *ret))
		return 0;
	inode_put(*ret);
	return -ESTALE;
}

int over_lower(struct inode *i, struct inode **ret)
{
	struct over_node *n = over_node(i);
	struct inode *lower = atomic_load(&n->lower), *none = NULL;
	int err;

	if (lower == NULL) {
		err = lower_recall(i, &lower);
		if (err < 0)
			return err;
		if (!atomic_cas(&n->lower, &none, lower)) {
			inode_put(lower);
			lower = none;
		}
	}
	*ret = lower;
	return 0;
}
