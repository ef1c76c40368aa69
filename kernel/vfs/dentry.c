/*
 * Dentries: the cache of names.
 *
 * OVERVIEW. One hash table for the whole sandbox, keyed by parent dentry and name bytes,
 * holds positive and negative dentries. An LRU with a second chance bounds it.
 *
 * LIFETIME. The cache owns one reference of each dentry in it, so a dentry whose count is
 * one is only cached, and one whose count reaches zero is in no table and freed by whoever
 * put it. A dentry holds its parent and its inode. Memory is a slab's: see walk_fast.c.
 *
 * LOCKING. dcache_lock covers the table, the LRU, and the name, parent and flags of every
 * dentry. A name is entered, removed or moved only with its directories' inode locks held.
 * dcache_seq changes, under the lock, whenever a dentry leaves the table or moves.
 *
 * LINUX BEHAVIOUR. Names are compared as bytes. An unlinked dentry stays with those who
 * have it open and shows as "name (deleted)".
 */
#include "kernel/vfs/internal.h"
#include "kernel/vfs/notify.h"

#include "lib/string.h"
#include "lib/word.h"

#define BUCKETS 32768u
#define BUCKETS_FIRST 512u /* a page: most sandboxes look few names up, and each page costs */
#define BUCKETS_GROWTH 8u
#define DENTRIES_MAX 65536u
#define LRU_SCAN 64u

/* A name too long for the dentry, shared by a moved dentry and the one it replaced. */
struct long_name {
	struct ref ref;
	char text[];
};

int dcache_init(void)
{
	vfs->buckets = kzalloc(BUCKETS * sizeof(struct dentry *));
	if (vfs->buckets == NULL)
		return -ENOMEM;
	vfs->bucket_mask = BUCKETS_FIRST - 1;
	vfs->dentry_limit = DENTRIES_MAX;
	list_init(&vfs->lru);
	return 0;
}

u64 dentry_hash(const struct dentry *parent, const char *name, size_t len)
{
	u64 h = name_hash_begin(parent), tail = 0;

	for (; len >= 8; len -= 8, name += 8)
		h = name_hash_word(h, word_load(name));
	while (len-- > 0)
		tail = tail << 8 | (u8)name[len];
	return name_hash_end(name_hash_word(h, tail));
}

/* --- names --- */

static struct long_name *long_name_of(const struct dentry *d)
{
	return container_of(d->name, struct long_name, text);
}

static bool name_is_long(const struct dentry *d)
{
	return d->name != d->inline_name;
}

static void name_put(struct dentry *d)
{
	if (d->name != NULL && name_is_long(d) && ref_put(&long_name_of(d)->ref))
		kfree(long_name_of(d));
}

static int name_init(struct dentry *d, const char *name, size_t len)
{
	struct long_name *l;

	d->name = d->inline_name;
	if (len >= sizeof(d->inline_name)) {
		l = kzalloc(sizeof(*l) + len + 1);
		if (l == NULL)
			return -ENOMEM;
		ref_init(&l->ref);
		d->name = l->text;
	}
	memcpy(d->name, name, len);
	d->name_len = (u16)len;
	return 0;
}

/* to's name is from's, and nothing can fail. */
static void name_copy(struct dentry *to, const struct dentry *from)
{
	struct long_name *old = name_is_long(to) ? long_name_of(to) : NULL;

	if (name_is_long(from)) {
		ref_get(&long_name_of(from)->ref);
		to->name = from->name;
	} else {
		memcpy(to->inline_name, from->inline_name, sizeof(to->inline_name));
		to->name = to->inline_name;
	}
	to->name_len = from->name_len;
	if (old != NULL && ref_put(&old->ref))
		kfree(old);
}

/* --- life --- */

int dentry_create(struct dentry *parent, const char *name, size_t len, struct super *sb,
		  struct inode *inode, struct dentry **ret)
{
	struct dentry *d = slab_alloc(&vfs->dentries);

	if (d == NULL || name_init(d, name, len) < 0) {
		if (d != NULL)
			slab_free(&vfs->dentries, d);
		inode_put(inode);
		return -ENOMEM;
	}
	d->parent = parent == NULL ? NULL : dentry_get(parent);
	d->inode = inode;
	d->sb = sb;
	d->hash = parent == NULL ? 0 : dentry_hash(parent, name, len);
	list_init(&d->lru_link);
	list_init(&d->children);
	list_init(&d->child_link);
	ref_init(&d->ref);
	*ret = d;
	return 0;
}

/* The count is zero. Returns the parent, whose reference is the caller's. */
static struct dentry *dentry_destroy(struct dentry *d)
{
	struct dentry *parent = d->parent;
	struct inode *inode = d->inode;

	name_put(d);
	d->name = NULL;
	slab_free(&vfs->dentries, d);
	fs_notify_gone(inode);
	inode_put(inode);
	return parent;
}

/* A loop, not recursion: a chain of parents may be two thousand names long. */
void dentry_put(struct dentry *d)
{
	while (d != NULL && ref_put(&d->ref))
		d = dentry_destroy(d);
}

struct dentry *dentry_get_parent(struct dentry *d)
{
	struct dentry *parent;

	lock_acquire(&vfs->dcache_lock);
	parent = dentry_get(d->parent == NULL ? d : d->parent);
	lock_release(&vfs->dcache_lock);
	return parent;
}

u64 dentry_parent_ino(struct dentry *d, u64 own)
{
	if (d == NULL)
		return own;
	lock_acquire(&vfs->dcache_lock);
	if (d->parent != NULL)
		own = d->parent->inode->ino;
	lock_release(&vfs->dcache_lock);
	return own;
}

void path_get(const struct path *p)
{
	if (p->mnt != NULL)
		mount_get(p->mnt);
	if (p->dentry != NULL)
		dentry_get(p->dentry);
}

void path_put(struct path *p)
{
	struct path old = *p;

	*p = (struct path){ 0 };
	dentry_put(old.dentry);
	mount_put(old.mnt);
}

/* --- the table, all under dcache_lock --- */

static void bucket_add(struct dentry *d, u64 mask)
{
	struct dentry **bucket = &vfs->buckets[d->hash & mask];

	d->hash_next = *bucket;
	d->hash_link = bucket;
	if (d->hash_next != NULL)
		d->hash_next->hash_link = &d->hash_next;
	atomic_store(bucket, d);
}

static void table_insert(struct dentry *d)
{
	d->flags |= DENTRY_HASHED;
	list_add(&d->parent->children, &d->child_link);
	bucket_add(d, vfs->bucket_mask);
}

/* Use more of the table. Who reads without the lock misses names meanwhile, and asks with it. */
static void table_grow(void)
{
	u64 buckets = vfs->bucket_mask + 1, mask = MIN(buckets * BUCKETS_GROWTH, BUCKETS) - 1;
	struct dentry *d, *next;

	for (u64 i = 0; i < buckets; i++) {
		d = vfs->buckets[i];
		atomic_store(&vfs->buckets[i], NULL);
		for (; d != NULL; d = next) {
			next = d->hash_next;
			bucket_add(d, mask);
		}
	}
	atomic_store(&vfs->bucket_mask, mask);
	dcache_changed();
}

static void table_remove(struct dentry *d)
{
	atomic_store(d->hash_link, d->hash_next);
	if (d->hash_next != NULL)
		d->hash_next->hash_link = d->hash_link;
	d->flags &= ~DENTRY_HASHED;
	list_del(&d->child_link);
	dcache_changed();
}

/* Into the cache, which takes a reference of its own. */
static void cache_add(struct dentry *d)
{
	dentry_get(d);
	table_insert(d);
	list_add(&vfs->lru, &d->lru_link);
	vfs->dentry_count++;
	if (vfs->dentry_count > vfs->bucket_mask / 2 && vfs->bucket_mask + 1 < BUCKETS)
		table_grow();
}

/* Out of the cache; its reference is now the caller's. */
static bool cache_remove(struct dentry *d)
{
	if (!(d->flags & DENTRY_HASHED))
		return false;
	table_remove(d);
	list_del(&d->lru_link);
	vfs->dentry_count--;
	return true;
}

static void cache_drop(struct dentry *d)
{
	/* Never the last: the callers hold one. */
	if (cache_remove(d) && ref_put(&d->ref))
		panic("cached dentry without an owner");
}

/* Nobody but the cache has d: take it out and chain it to the victims. */
static bool cache_evict(struct dentry *d, struct dentry **victims)
{
	u32 one = 1;

	if (!atomic_cas(&d->ref.count, &one, 0))
		return false;
	cache_remove(d);
	d->hash_next = *victims;
	*victims = d;
	return true;
}

static struct dentry *cache_shrink(void)
{
	struct dentry *victims = NULL;

	for (u32 i = 0; i < LRU_SCAN && vfs->dentry_count > vfs->dentry_limit; i++) {
		struct dentry *d = list_last(&vfs->lru, struct dentry, lru_link);

		if (!d->used && cache_evict(d, &victims))
			continue;
		d->used = 0;
		list_del(&d->lru_link);
		list_add(&vfs->lru, &d->lru_link);
	}
	return victims;
}

static void free_victims(struct dentry *victims)
{
	while (victims != NULL) {
		struct dentry *next = victims->hash_next;

		dentry_put(dentry_destroy(victims));
		victims = next;
	}
}

void dcache_purge(struct super *sb)
{
	struct dentry *d, *tmp, *victims;

	/* Parents follow their children, so again until nothing is found. */
	do {
		victims = NULL;
		lock_acquire(&vfs->dcache_lock);
		list_for_each_safe(d, tmp, &vfs->lru, lru_link)
			if (d->sb == sb)
				cache_evict(d, &victims);
		lock_release(&vfs->dcache_lock);
		free_victims(victims);
	} while (victims != NULL);
}

struct dentry *dcache_find(struct dentry *parent, const char *name, size_t len)
{
	u64 hash = dentry_hash(parent, name, len);
	struct dentry *d;

	lock_acquire(&vfs->dcache_lock);
	for (d = vfs->buckets[hash & vfs->bucket_mask]; d != NULL; d = d->hash_next) {
		if (d->hash != hash || d->parent != parent || d->name_len != len ||
		    memcmp(d->name, name, len) != 0)
			continue;
		dentry_get(d);
		d->used = 1;
		break;
	}
	lock_release(&vfs->dcache_lock);
	return d;
}

/* --- lookup --- */

static bool may_cache(const struct super *sb, const struct inode *inode)
{
	return !(sb->flags & SUPER_NO_CACHE) &&
	       (inode != NULL || !(sb->flags & SUPER_NO_NEGATIVE));
}

void dentry_enter(struct dentry *d)
{
	struct dentry *victims;

	lock_acquire(&vfs->dcache_lock);
	if (!(d->flags & DENTRY_HASHED))
		cache_add(d);
	victims = cache_shrink();
	lock_release(&vfs->dcache_lock);
	free_victims(victims);
}

int dentry_lookup_locked(struct dentry *parent, const char *name, size_t len,
			 struct dentry **ret)
{
	struct inode *dir = parent->inode, *inode = NULL;
	struct dentry *d;
	int err;

	if (len > VFS_NAME_MAX)
		return -ENAMETOOLONG;
	d = dcache_find(parent, name, len);
	if (d != NULL) {
		*ret = d;
		return 0;
	}
	if (dentry_is_unlinked(parent))
		return -ENOENT;
	if (dir->ops == NULL || dir->ops->lookup == NULL)
		return -ENOTDIR;
	err = dir->ops->lookup(dir, name, len, &inode);
	if (err == -ENOENT)
		inode = NULL;
	else if (err < 0)
		return err;
	err = dentry_create(parent, name, len, parent->sb, inode, &d);
	if (err < 0)
		return err;
	if (may_cache(parent->sb, inode))
		dentry_enter(d);
	*ret = d;
	return 0;
}

int dentry_lookup_ahead(struct dentry *parent, const char *name, size_t len, bool is_dir,
			struct dentry **ret)
{
	struct inode *dir = parent->inode, *inode = NULL;
	int err;

	if (!(parent->sb->flags & SUPER_AHEAD) || dir->ops->ahead_lookup == NULL ||
	    len > VFS_NAME_MAX || dir->ops->ahead(dir, NULL) < 0)
		return -EAGAIN;
	err = dir->ops->ahead_lookup(dir, name, len, is_dir, &inode);
	if (err < 0 && err != -ENOENT)
		return -EAGAIN;
	lock_acquire(&dir->lock);
	*ret = dcache_find(parent, name, len);
	if (*ret != NULL)
		err = 0;
	else if (dentry_is_unlinked(parent) || dir->ops->ahead(dir, NULL) < 0)
		err = -EAGAIN;
	else
		err = dentry_create(parent, name, len, parent->sb, TAKE(inode), ret);
	if (err == 0)
		dentry_enter(*ret);
	lock_release(&dir->lock);
	inode_put(inode);
	return err;
}

int dentry_lookup_missing(struct dentry *parent, const char *name, size_t len, bool is_dir,
			  struct dentry **ret)
{
	struct inode *dir = parent->inode;
	int err = dentry_lookup_ahead(parent, name, len, is_dir, ret);

	if (err == -EAGAIN && is_dir)
		err = dentry_lookup_ahead(parent, name, len, false, ret);

	if (err == -EAGAIN) {
		lock_acquire(&dir->lock);
		err = dentry_lookup_locked(parent, name, len, ret);
		lock_release(&dir->lock);
	}
	if (err == 0)
		ahead_missed(parent, *ret);
	return err;
}

int dentry_lookup(struct dentry *parent, const char *name, size_t len,
		  struct dentry **ret)
{
	struct dentry *d = dcache_find(parent, name, len);

	if (d == NULL)
		return dentry_lookup_missing(parent, name, len, false, ret);
	*ret = d;
	return 0;
}

/* --- changes, with the directories' locks held --- */

void dentry_instantiate(struct dentry *d, struct inode *inode)
{
	bool enter =
		!(atomic_load(&d->flags) & DENTRY_HASHED) && may_cache(d->sb, inode);

	atomic_store(&d->inode, inode);
	if (enter)
		dentry_enter(d);
}

/* d has lost its name; what is cached below it (that names are not there) goes with it. */
static struct dentry *lose_name(struct dentry *d)
{
	struct dentry *child, *tmp, *victims = NULL;

	d->flags |= DENTRY_UNLINKED;
	cache_drop(d);
	list_for_each_safe(child, tmp, &d->children, child_link)
		cache_evict(child, &victims);
	return victims;
}

void dentry_unlinked(struct dentry *d)
{
	struct dentry *victims;

	lock_acquire(&vfs->dcache_lock);
	victims = lose_name(d);
	lock_release(&vfs->dcache_lock);
	free_victims(victims);
}

/* source stands where target's name and parent say. Value: a parent to put. */
static struct dentry *place_at(struct dentry *source, const struct dentry *target)
{
	struct dentry *old = source->parent;

	name_copy(source, target);
	source->parent = dentry_get(target->parent);
	source->hash = dentry_hash(source->parent, source->name, source->name_len);
	return old;
}

void dentry_moved(struct dentry *source, struct dentry *target)
{
	struct dentry *old, *victims;
	bool cached;

	lock_acquire(&vfs->dcache_lock);
	cached = source->flags & DENTRY_HASHED;
	if (cached)
		table_remove(source);
	victims = lose_name(target);
	old = place_at(source, target);
	if (cached)
		table_insert(source);
	dcache_changed();
	lock_release(&vfs->dcache_lock);
	free_victims(victims);
	dentry_put(old);
}

void dentry_exchanged(struct dentry *a, struct dentry *b)
{
	bool a_cached, b_cached;
	struct dentry saved, *old[3];

	lock_acquire(&vfs->dcache_lock);
	a_cached = a->flags & DENTRY_HASHED;
	b_cached = b->flags & DENTRY_HASHED;
	if (a_cached)
		table_remove(a);
	if (b_cached)
		table_remove(b);
	saved = (struct dentry){ .name = saved.inline_name };
	name_copy(&saved, a);
	saved.parent = dentry_get(a->parent);
	old[0] = place_at(a, b);
	old[1] = place_at(b, &saved);
	old[2] = saved.parent;
	name_put(&saved);
	if (a_cached)
		table_insert(a);
	if (b_cached)
		table_insert(b);
	dcache_changed();
	lock_release(&vfs->dcache_lock);
	for (u32 i = 0; i < ARRAY_SIZE(old); i++)
		dentry_put(old[i]);
}

bool dentry_is_below(struct dentry *d, struct dentry *top)
{
	lock_acquire(&vfs->dcache_lock);
	while (d != NULL && d != top)
		d = d->parent;
	lock_release(&vfs->dcache_lock);
	return d != NULL;
}

/* --- the name of a place --- */

struct path_text {
	char *buf;
	size_t start; /* the text is buf[start..] */
};

static bool text_prepend(struct path_text *t, const char *s, size_t len)
{
	if (t->start < len)
		return false;
	t->start -= len;
	memcpy(t->buf + t->start, s, len);
	return true;
}

/* Under mount_lock and dcache_lock. False: no room. */
static bool text_collect(struct path_text *t, const struct path *path,
			 const struct path *root, bool *ret_reachable)
{
	struct dentry *d = path->dentry;
	struct mount *m = path->mnt;
	bool fits = true;

	*ret_reachable = false;
	while (fits) {
		if (root != NULL && d == root->dentry && m == root->mnt) {
			*ret_reachable = true;
			break;
		}
		if (d == m->root || d->parent == NULL) {
			if (m->at.mnt == NULL)
				break;
			d = m->at.dentry;
			m = m->at.mnt;
			continue;
		}
		fits = text_prepend(t, d->name, d->name_len) && text_prepend(t, "/", 1);
		d = d->parent;
	}
	return fits;
}

s64 path_format_from(const struct path *path, const struct path *root, char *buf,
		     size_t size, bool *ret_reachable)
{
	static const char deleted[] = " (deleted)";
	struct path_text t = { .buf = buf, .start = size };
	bool fits;

	if (path->dentry == NULL)
		return -ENOENT;
	if (path->mnt == vfs->anon_mount && path->dentry->parent == NULL) {
		*ret_reachable = true;
		return str_copy(buf, path->dentry->name, size) < size ?
			       path->dentry->name_len :
			       -ENAMETOOLONG;
	}
	lock_acquire(&vfs->mount_lock);
	lock_acquire(&vfs->dcache_lock);
	fits = text_prepend(&t, "", 1);
	if (path->dentry->flags & DENTRY_UNLINKED)
		fits = fits && text_prepend(&t, deleted, sizeof(deleted) - 1);
	fits = fits && text_collect(&t, path, root, ret_reachable);
	lock_release(&vfs->dcache_lock);
	lock_release(&vfs->mount_lock);
	if (fits && (t.start == size - 1 || buf[t.start] != '/'))
		fits = text_prepend(&t, "/", 1);
	if (!fits)
		return -ENAMETOOLONG;
	memmove(buf, buf + t.start, size - t.start);
	return (s64)(size - t.start - 1);
}

s64 path_format(const struct path *path, const struct path *root, char *buf,
		size_t size)
{
	bool reachable;

	return path_format_from(path, root, buf, size, &reachable);
}
