/*
 * Reading ahead of who walks through a tree of the host.
 *
 * OVERVIEW. What find, du, tar, ls -lR or git status ask for first costs a host call a name,
 * however it is asked. Who reads directories below a directory that was read is walking, and
 * then a kernel thread, the scout, reads the next ones on another processor: in the order of
 * such a walk, each directory before what is in it, siblings as they are listed. It asks
 * through the ordinary caches, so what it has found is simply there: dentries, inodes, and
 * what the file system keeps of a directory (inode_ops.ahead). Where the walker also asks for
 * the attributes of names that are no directories, or asks for name after name of one
 * directory, the scout looks those up, too.
 *
 * It is paid by who follows: each directory costs one of its credit, and each that is read
 * after it was there gives some, so that at most CREDIT_MAX directories are read in vain. A
 * walker elsewhere calls it over after a few directories that it did not know.
 *
 * File systems may have it do other work that nobody needs to wait for (ahead_run).
 *
 * LIFETIME. The scout is a thread of the reaper's, started by the first walk of the sandbox;
 * sandboxes with one processor have none. It holds no guest's resources but references to
 * dentries.
 *
 * LOCKING. ahead.lock (A) covers what it is asked to do. What has the tag a is a hint: it is
 * compared and counted without a lock, and wrong now and then.
 */
#include "abi/linux/dirent.h"
#include "kernel/boot.h"
#include "kernel/locks.h"
#include "kernel/task/nursery.h"
#include "kernel/task/table.h"
#include "kernel/vfs/internal.h"
#include "lib/names.h"
#include "lib/string.h"
#include "platform/plat.h"

#define LEVELS_MAX 24u    /* directories in one another */
#define NAMES_SPACE 1024u /* for names of a directory, at first ... */
#define NAMES_MAX 65536u  /* ... and at most */
#define LOOKUPS_MAX 4096u /* names looked at of a directory that was read, ... */
#define LOOKUPS_OTHER 256u /* ... and of one that was not */
#define MISSES_WALK 3u    /* so many directories not known to the scout are a walk */
#define MISSES_READ 4u    /* so many names in a row of a directory that was read ... */
#define MISSES_OTHER 8u   /* ... or was not, and its names are wanted */
#define MET 16u           /* so many known names in a row: a walker has been there */
#define WITH_NAMES 64u    /* directories that a walker who asked for names wants with theirs */
#define CREDIT_START 16u
#define CREDIT_HIT 2u
#define CREDIT_MAX 128u
#define CREDIT_WAKE 16u

/* Names, each terminated. */
struct names {
	char *text;
	size_t used, space;
};

/* A directory whose directories come next. */
struct level {
	struct dentry *dir; /* referenced */
	struct names dirs;
	size_t at;
};

struct ahead {
	struct lock lock;      /* A */
	struct dentry *tree;   /* A: go on from here; referenced */
	struct dentry *names;  /* A: look up its names; referenced */
	void (*job)(void *arg); /* A: to be run, with: */
	void *job_arg;         /* A */
	bool started;          /* A */
	u32 bell;              /* a: futex word: there is something to do */
	u32 credit;            /* a */
	bool waiting;          /* a: it has no credit */
	u32 misses;            /* a: since the last directory that was there */
	u32 with_names;        /* a: so many directories more are read with their names */
	const struct dentry *missed_in; /* a: only compared */
	u32 missed_names;      /* a: in a row in missed_in */
	/* the scout's own: */
	struct level levels[LEVELS_MAX];
	u32 depth;
};

static void ahead_main(void *arg);

static bool one_processor(void)
{
	u32 n = 0;

	for (u32 i = 0; i < ARRAY_SIZE(boot_block()->cpus); i++) {
		u64 mask = boot_block()->cpus[i];

		n += (mask != 0) + ((mask & (mask - 1)) != 0);
	}
	return n < 2;
}

int ahead_init(void)
{
	if (one_processor())
		return 0;
	vfs->ahead = kzalloc(sizeof(*vfs->ahead));
	if (vfs->ahead == NULL)
		return -ENOMEM;
	lock_rank(&vfs->ahead->lock, RANK_AHEAD);
	vfs->ahead->credit = CREDIT_START;
	return 0;
}

/* --- the walker's side --- */

static void ring(struct ahead *a)
{
	atomic_store_relaxed(&a->waiting, false);
	atomic_add(&a->bell, 1);
	plat_wake(&a->bell, 1);
}

/* There is something to do. */
static void rouse(struct ahead *a)
{
	bool started;

	lock_acquire(&a->lock);
	started = a->started;
	a->started = true;
	lock_release(&a->lock);
	if (started)
		ring(a);
	else if (nursery_run(ahead_main, a) < 0)
		atomic_store(&a->started, false); /* another time */
}

/* Put d into the slot and have the scout look there. */
static void request(struct ahead *a, struct dentry **slot, struct dentry *d)
{
	struct dentry *old;

	dentry_get(d);
	lock_acquire(&a->lock);
	old = *slot;
	*slot = d;
	lock_release(&a->lock);
	dentry_put(old);
	rouse(a);
}

bool ahead_run(void (*fn)(void *arg), void *arg)
{
	struct ahead *a = vfs->ahead;
	bool taken;

	if (a == NULL || sandbox->first == NULL)
		return false;
	lock_acquire(&a->lock);
	taken = a->job == NULL;
	if (taken) {
		a->job = fn;
		a->job_arg = arg;
	}
	lock_release(&a->lock);
	if (taken)
		rouse(a);
	return taken;
}

/* The scout was here first. */
static void followed(struct ahead *a)
{
	u32 credit = atomic_load_relaxed(&a->credit);

	atomic_store_relaxed(&a->misses, 0);
	if (credit < CREDIT_MAX)
		credit = atomic_add(&a->credit, CREDIT_HIT) + CREDIT_HIT;
	if (credit >= CREDIT_WAKE && atomic_load_relaxed(&a->waiting))
		ring(a);
}

void ahead_read(struct dentry *dir)
{
	struct ahead *a = vfs->ahead;
	struct dentry *parent;
	bool walks;
	u32 had;

	if (!(dir->sb->flags & SUPER_AHEAD) || a == NULL)
		return;
	had = atomic_or(&dir->flags, DENTRY_READ);
	if (had & DENTRY_READ)
		return;
	if (had & DENTRY_AHEAD) {
		followed(a);
		return;
	}
	parent = dentry_get_parent(dir);
	walks = parent != dir && atomic_load(&parent->flags) & DENTRY_READ;
	dentry_put(parent);
	if (walks && atomic_add(&a->misses, 1) + 1 >= MISSES_WALK) {
		atomic_store_relaxed(&a->misses, 0);
		if (atomic_load_relaxed(&a->credit) < CREDIT_START)
			atomic_store_relaxed(&a->credit, CREDIT_START);
		request(a, &a->tree, dir);
	}
}

void ahead_missed(struct dentry *dir, const struct dentry *d)
{
	struct ahead *a = vfs->ahead;
	bool read = atomic_load(&dir->flags) & DENTRY_READ;

	if (a == NULL || !(dir->sb->flags & SUPER_AHEAD))
		return;
	if (d->inode == NULL || inode_is_dir(d->inode))
		return;
	if (atomic_load_relaxed(&a->missed_in) != dir) {
		atomic_store_relaxed(&a->missed_in, dir);
		atomic_store_relaxed(&a->missed_names, 0);
	}
	if (atomic_add(&a->missed_names, 1) + 1 != (read ? MISSES_READ : MISSES_OTHER))
		return;
	if (read)
		atomic_store_relaxed(&a->with_names, WITH_NAMES);
	request(a, &a->names, dir);
}

/* --- the scout: names --- */

struct scout_sink {
	struct dir_sink sink;
	struct names *dirs; /* takes the names of directories, unless NULL */
	struct names *all;  /* takes every name, unless NULL */
};

/* False: no room; the walker will find it without us. */
static bool names_add(struct names *n, const char *name, size_t len)
{
	if (n->space - n->used < len + 1) {
		size_t space = MAX(n->space * 2, (size_t)NAMES_SPACE);
		char *text = space > NAMES_MAX ? NULL : kmalloc(space);

		if (text == NULL)
			return false;
		if (n->used != 0)
			memcpy(text, n->text, n->used);
		kfree(n->text);
		n->text = text;
		n->space = space;
	}
	memcpy(n->text + n->used, name, len);
	n->used += len;
	n->text[n->used++] = '\0';
	return true;
}

static bool scout_emit(struct dir_sink *sink, const char *name, size_t len, UNUSED u64 ino,
		       u32 type, UNUSED u64 next_offset)
{
	struct scout_sink *s = container_of(sink, struct scout_sink, sink);

	if (name_is_dots(name, len))
		return true;
	if (s->dirs != NULL && type == LINUX_DT_DIR)
		(void)!names_add(s->dirs, name, len);
	return s->all == NULL || names_add(s->all, name, len);
}

static int scout_read(struct dentry *dir, struct names *dirs, struct names *all)
{
	struct scout_sink s = { .sink.emit = scout_emit, .dirs = dirs, .all = all };
	struct inode *inode = dir->inode;

	if (inode == NULL || !inode_is_dir(inode) || inode->ops->ahead == NULL ||
	    dentry_is_unlinked(dir))
		return -EOPNOTSUPP;
	return inode->ops->ahead(inode, &s.sink);
}

/* The name's dentry, referenced, or NULL. *ret_known: it was there. */
static struct dentry *scout_lookup(struct dentry *dir, const char *name, bool is_dir,
				   bool *ret_known)
{
	size_t len = strlen(name);
	struct dentry *d = dcache_find(dir, name, len);

	*ret_known = d != NULL;
	if (d != NULL)
		return d;
	return dentry_lookup_ahead(dir, name, len, is_dir, &d) < 0 ? NULL : d;
}

/*
 * Look the names up, the last one first: a walker who is in the directory comes from the first,
 * and so the two never do the same. Where many in a row are known they have met.
 */
static void look_up(struct ahead *a, struct dentry *dir, const struct names *all, u32 max)
{
	size_t at = all->used;
	u32 known = 0;

	while (at != 0 && max-- != 0 && known < MET && atomic_load_relaxed(&a->names) == NULL) {
		bool was_known;

		do
			at--;
		while (at != 0 && all->text[at - 1] != '\0');
		dentry_put(scout_lookup(dir, all->text + at, false, &was_known));
		known = was_known ? known + 1 : 0;
	}
}

static void scout_names(struct ahead *a, struct dentry *dir)
{
	bool wanted = atomic_load(&dir->flags) & (DENTRY_READ | DENTRY_AHEAD);
	struct names all = { 0 };

	if (scout_read(dir, NULL, &all) >= 0)
		look_up(a, dir, &all, wanted ? LOOKUPS_MAX : LOOKUPS_OTHER);
	kfree(all.text);
}

/* --- the scout: trees --- */

static void level_pop(struct ahead *a)
{
	struct level *l = &a->levels[--a->depth];

	dentry_put(l->dir);
	kfree(l->dirs.text);
	*l = (struct level){ 0 };
}

/* Read dir; what is in it comes next. */
static void level_push(struct ahead *a, struct dentry *dir)
{
	u32 with_names = atomic_load_relaxed(&a->with_names);
	struct level *l = &a->levels[a->depth];

	if (scout_read(dir, &l->dirs, NULL) < 0) {
		kfree(l->dirs.text);
		*l = (struct level){ 0 };
		return;
	}
	atomic_or(&dir->flags, DENTRY_AHEAD);
	l->dir = dentry_get(dir);
	a->depth++;
	if (with_names != 0) {
		atomic_store_relaxed(&a->with_names, with_names - 1);
		scout_names(a, dir);
	}
}

/* The walk below dir is over: it goes on with what follows dir in its parent. */
static void climb(struct ahead *a, struct dentry *dir)
{
	struct dentry *parent = dentry_get_parent(dir);
	char name[VFS_NAME_MAX + 1];
	struct level *l = &a->levels[0];

	lock_acquire(&vfs->dcache_lock);
	str_copy(name, dir->name, sizeof(name));
	lock_release(&vfs->dcache_lock);
	if (parent != dir && atomic_load(&parent->flags) & DENTRY_READ)
		level_push(a, parent);
	dentry_put(parent);
	if (a->depth == 0)
		return;
	while (l->at < l->dirs.used) {
		bool found = str_equal(l->dirs.text + l->at, name);

		l->at += strlen(l->dirs.text + l->at) + 1;
		if (found)
			return;
	}
	l->at = 0; /* it has another name now */
}

/* One directory further. */
static void tree_step(struct ahead *a)
{
	struct level *l = &a->levels[a->depth - 1];
	const char *name = l->dirs.text + l->at;
	struct dentry *d;
	bool known;

	if (l->at >= l->dirs.used) {
		struct dentry *done = dentry_get(l->dir);

		level_pop(a);
		if (a->depth == 0)
			climb(a, done);
		dentry_put(done);
		return;
	}
	l->at += strlen(name) + 1;
	d = scout_lookup(l->dir, name, true, &known);
	if (d == NULL)
		return;
	/* One that was read is being walked already: be ahead of that. */
	if (!(atomic_load(&d->flags) & (DENTRY_READ | DENTRY_AHEAD)) &&
	    atomic_load(&d->mounted) == 0 && a->depth < LEVELS_MAX) {
		atomic_sub(&a->credit, 1);
		level_push(a, d);
	}
	dentry_put(d);
}

static struct dentry *take(struct ahead *a, struct dentry **slot)
{
	struct dentry *d;

	if (atomic_load(slot) == NULL)
		return NULL;
	lock_acquire(&a->lock);
	d = TAKE(*slot);
	lock_release(&a->lock);
	return d;
}

static bool run_job(struct ahead *a)
{
	void (*job)(void *arg);
	void *arg;

	if (atomic_load(&a->job) == NULL)
		return false;
	lock_acquire(&a->lock);
	job = TAKE(a->job);
	arg = a->job_arg;
	lock_release(&a->lock);
	job(arg);
	return true;
}

/* What is to be done now, done. False: nothing. */
static bool scout(struct ahead *a)
{
	struct dentry *d = take(a, &a->names);

	if (d == NULL && run_job(a))
		return true;
	if (d != NULL) {
		scout_names(a, d);
		dentry_put(d);
		return true;
	}
	d = take(a, &a->tree);
	if (d != NULL) {
		while (a->depth != 0)
			level_pop(a);
		level_push(a, d);
		dentry_put(d);
		return true;
	}
	if (a->depth == 0 || atomic_load_relaxed(&a->credit) == 0)
		return false;
	tree_step(a);
	return true;
}

static void ahead_main(void *arg)
{
	struct ahead *a = arg;

	for (;;) {
		u32 seen = atomic_load(&a->bell);

		if (scout(a))
			continue;
		atomic_store_relaxed(&a->waiting, true);
		(void)plat_wait(&a->bell, seen, NO_DEADLINE);
	}
}
