/* File handles. See handle.h. */
#include "kernel/vfs/handle.h"

#include "kernel/locks.h"
#include "kernel/vfs/internal.h"

#define BUCKETS 4096u

/* All but the links is set once. */
struct entry {
	struct entry *next;   /* in its bucket */
	struct list age;      /* oldest first */
	struct dentry *dentry; /* referenced */
	struct handle handle;
};

struct handle_table {
	struct list age;
	u32 count;
	struct entry *buckets[BUCKETS];
};

bool handles_exist(const struct super *sb)
{
	return sb->type->has_handles;
}

static struct handle handle_of(const struct inode *i)
{
	return (struct handle){
		.generation = (u32)i->btime.tv_sec * 1000003u + (u32)i->btime.tv_nsec,
		.ino_low = (u32)i->ino,
		.ino_high = (u32)(i->ino >> 32),
	};
}

static bool handle_equal(const struct handle *a, const struct handle *b)
{
	return a->generation == b->generation && a->ino_low == b->ino_low &&
	       a->ino_high == b->ino_high;
}

static u32 bucket_of(const struct handle *h)
{
	return ((h->ino_low ^ h->ino_high ^ h->generation) * 0x9e3779b1u) >> 20;
}

static_assert(BUCKETS == 1u << 12, "bucket_of() gives so many bits");

/* --- under handle_lock --- */

static struct entry *find_locked(const struct super *sb, const struct handle *h)
{
	struct entry *e = vfs->handles == NULL ? NULL : vfs->handles->buckets[bucket_of(h)];

	while (e != NULL && (e->dentry->sb != sb || !handle_equal(&e->handle, h)))
		e = e->next;
	return e;
}

static void remove_locked(struct entry *e)
{
	struct entry **link = &vfs->handles->buckets[bucket_of(&e->handle)];

	while (*link != e)
		link = &(*link)->next;
	*link = e->next;
	list_del(&e->age);
	vfs->handles->count--;
}

/* Value: one that had to leave. */
static struct entry *insert_locked(struct entry *e)
{
	struct handle_table *t = vfs->handles;
	struct entry **b = &t->buckets[bucket_of(&e->handle)], *oldest = NULL;

	if (t->count == HANDLES_MAX) {
		oldest = list_first(&t->age, struct entry, age);
		remove_locked(oldest);
	}
	e->next = *b;
	*b = e;
	list_add_tail(&t->age, &e->age);
	t->count++;
	atomic_or(&e->dentry->inode->flags, INODE_HANDLE);
	return oldest;
}

/* --- */

static void entry_free(struct entry *e)
{
	if (e == NULL)
		return;
	dentry_put(e->dentry);
	kfree(e);
}

static int table_make(void)
{
	struct handle_table *t;

	if (atomic_load(&vfs->handles) != NULL)
		return 0;
	t = kzalloc(sizeof(*t));
	if (t == NULL)
		return -ENOMEM;
	list_init(&t->age);
	lock_acquire(&vfs->handle_lock);
	if (vfs->handles == NULL)
		atomic_store(&vfs->handles, TAKE(t));
	lock_release(&vfs->handle_lock);
	kfree(t);
	return 0;
}

int handle_make(const struct path *p, bool keep, struct handle *ret)
{
	struct dentry *d = p->dentry;
	struct entry *made, *old = NULL;

	*ret = handle_of(d->inode);
	if (!keep)
		return 0;
	if (!handles_exist(d->sb))
		return -EOPNOTSUPP;
	made = kzalloc(sizeof(*made));
	if (made == NULL || table_make() < 0) {
		kfree(made);
		return -ENOMEM;
	}
	made->handle = *ret;
	made->dentry = dentry_get(d);
	lock_acquire(&vfs->handle_lock);
	/* What has no name is not kept: nobody would take it out again. */
	if (atomic_load(&d->inode->nlink) == 0 || find_locked(d->sb, ret) != NULL)
		old = made;
	else
		old = insert_locked(made);
	lock_release(&vfs->handle_lock);
	entry_free(old);
	if (atomic_load(&d->inode->nlink) == 0)
		handle_forget(d->inode); /* its name went meanwhile */
	return 0;
}

int handle_find(struct super *sb, const struct handle *h, struct dentry **ret)
{
	struct entry *e;

	lock_acquire(&vfs->handle_lock);
	e = find_locked(sb, h);
	if (e != NULL)
		*ret = dentry_get(e->dentry);
	lock_release(&vfs->handle_lock);
	return e == NULL ? -ESTALE : 0;
}

void handle_forget(struct inode *i)
{
	const struct handle h = handle_of(i);
	struct entry *e;

	lock_acquire(&vfs->handle_lock);
	e = find_locked(i->sb, &h);
	if (e != NULL)
		remove_locked(e);
	lock_release(&vfs->handle_lock);
	entry_free(e);
}

void handles_purge(struct super *sb)
{
	struct entry *e, *tmp, *gone = NULL;

	if (atomic_load(&vfs->handles) == NULL)
		return;
	lock_acquire(&vfs->handle_lock);
	list_for_each_safe(e, tmp, &vfs->handles->age, age)
		if (e->dentry->sb == sb) {
			remove_locked(e);
			e->next = gone;
			gone = e;
		}
	lock_release(&vfs->handle_lock);
	while (gone != NULL) {
		e = gone;
		gone = e->next;
		entry_free(e);
	}
}
