/*
 * Path walk over what is cached, without locks and without references on the way.
 *
 * OVERVIEW. A reader notes dcache_seq, follows the pointers of the cache, and believes what
 * it read only if the number is still the same in the end: it changes, under dcache_lock, when
 * any name or mount leaves its place, before the memory is freed. The same goes for the root
 * and working directory and fs_context.seq. References are taken only then, again with a check
 * after it, and not at all when what is asked can be told under the same rules (path_ask).
 *
 * A last name that is not cached is looked up then, in its directory; for a caller who only
 * asks, and for a name that is not there, without making a dentry where the file system can
 * answer so (inode_ops.peek). What is not simple (other names that are not cached, a long name,
 * a trailing slash, "..", out of a mount, magic links, RESOLVE_*) is left to walk.c.
 *
 * LIFETIME. Dentries, mounts and inodes are slab memory, which is never anything else: one
 * that was freed and used again is looked at in vain, and a count is raised only when it is
 * not zero. What points from a dentry to another or to an inode may therefore be followed
 * without a check, if it is not NULL; anything else only after one. The text of a link is heap
 * memory: it is copied, and the copy is believed only after the check. Heap memory stays
 * mapped, so reading it late reads garbage but no more.
 */
#include "kernel/vfs/acl.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/internal.h"
#include "lib/string.h"
#include "lib/word.h"

#define FAST_FLAGS ((u32)(WALK_FOLLOW | WALK_DIRECTORY | WALK_CACHED))
#define WALK_LOOK_UP 2 /* as WALK_TRY_SLOW: the last name is to be looked up in the result */
#define LINKS_MAX 8u
#define CHAIN_MAX 64u
#define MOUNTS_LOOK_MAX 256u
#define NAME_MAX_INLINE (sizeof(((struct dentry *)0)->inline_name) - 1)

struct walk_guard {
	u64 seq; /* of the cache */
	const struct fs_context *fs;
	u32 fs_seq;
};

struct fast {
	struct path cur, root; /* not referenced */
	struct walk_guard guard;
	u32 links;
	const char *rest; /* the caller's name, or in text */
	const char *missing; /* the last name, when only that is not cached */
	size_t missing_len;
	char text[512]; /* links put together with what follows them, ends at the end */
};

/* A name of the path. */
struct component {
	const char *name;
	size_t len;
	u64 hash; /* in cur */
	u64 tail; /* the bytes after its last full word */
};

bool walk_guard_holds(const struct walk_guard *guard)
{
	return atomic_load(&vfs->dcache_seq) == guard->seq &&
	       atomic_load(&guard->fs->seq) == guard->fs_seq;
}

/* Is all that was read so far true? */
static bool still_true(const struct fast *f)
{
	return walk_guard_holds(&f->guard);
}

/* What is left of the path begins with a name. */
static struct component scan(const struct fast *f)
{
	const char *p = f->rest;
	u64 hash = name_hash_begin(f->cur.dentry), word, end;
	struct component c;

	for (;;) {
		word = word_load_str(p);
		end = word_find_zero(word) | word_find(word, '/');
		if (end != 0)
			break;
		hash = name_hash_word(hash, word);
		p += sizeof(word);
	}
	c.name = f->rest;
	c.len = (size_t)(p - f->rest) + word_count_before(end);
	c.tail = word & word_mask_before(end);
	c.hash = name_hash_end(name_hash_word(hash, c.tail));
	return c;
}

/* Is it d's, which is not a long one? */
static bool name_is(const struct dentry *d, const struct component *c)
{
	const char *name = d->inline_name;
	size_t n = 0;

	for (; c->len - n >= sizeof(u64); n += sizeof(u64))
		if (word_load(name + n) != word_load(c->name + n))
			return false;
	return ((word_load(name + n) ^ c->tail) & word_mask(c->len - n)) == 0;
}

/* The cached dentry of a name in cur, or NULL. */
static struct dentry *child(const struct fast *f, const struct component *c)
{
	struct dentry *d = atomic_load(&vfs->buckets[c->hash & atomic_load(&vfs->bucket_mask)]);

	for (u32 n = 0; d != NULL && n < CHAIN_MAX; n++) {
		if (d->hash == c->hash && d->parent == f->cur.dentry && d->name_len == c->len &&
		    name_is(d, c)) {
			if (!d->used)
				d->used = 1;
			return d;
		}
		d = atomic_load(&d->hash_next);
	}
	return NULL;
}

/* cur becomes the root of what is mounted on it. */
static bool cross_down(struct fast *f)
{
	struct list *head, *e;
	u32 n = 0;

	while (unlikely(atomic_load(&f->cur.dentry->mounted) != 0)) {
		struct mount *found = NULL;

		if (!still_true(f))
			return false;
		head = &f->cur.mnt->children;
		for (e = atomic_load(&head->next); e != head;
		     e = atomic_load(&e->next)) {
			struct mount *m = list_entry(e, struct mount, sibling);

			if (!still_true(f) || ++n > MOUNTS_LOOK_MAX)
				return false;
			if (m->at.dentry == f->cur.dentry)
				found = m;
		}
		if (found == NULL)
			return true; /* mounted there in another mount */
		if (found->flags & MOUNT_EXPIRING)
			return false; /* who goes there with a reference unmarks it */
		f->cur = (struct path){ .mnt = found, .dentry = found->root };
		if (!still_true(f))
			return false;
	}
	return true;
}

/* Copy a text that may have been freed; its length, 0: there is no room, by whole words. */
static size_t copy_text(char *to, size_t room, const char *text)
{
	for (size_t n = 0; room - n >= sizeof(u64); n += sizeof(u64)) {
		u64 word = word_load_str(text + n), end = word_find_zero(word);

		word_store(to + n, word);
		if (end != 0)
			return n + word_count_before(end);
	}
	return 0;
}

/* Put the link's text before what is left of the path. */
static bool take_link(struct fast *f, const struct inode *link)
{
	const char *text = atomic_load(&link->link_text);
	size_t rest = strlen(f->rest), len;
	char *start;

	if (text == NULL || f->cur.mnt->flags & MOUNT_NO_SYMFOLLOW || ++f->links > LINKS_MAX ||
	    !still_true(f))
		return false;
	if (rest >= sizeof(f->text) - 2)
		return false;
	start = f->text + sizeof(f->text) - 1 - rest;
	memmove(start, f->rest, rest + 1);
	if (rest != 0)
		*--start = '/';
	len = copy_text(f->text, (size_t)(start - f->text), text);
	if (len == 0)
		return false;
	start -= len;
	memmove(start, f->text, len);
	if (!still_true(f) || (rest == 0 && start[len - 1] == '/'))
		return false;
	f->rest = start;
	if (*start == '/')
		f->cur = f->root;
	return true;
}

static int dotdot(struct fast *f)
{
	struct dentry *parent;

	if (f->cur.dentry == f->root.dentry && f->cur.mnt == f->root.mnt)
		return cross_down(f) ? 0 : WALK_TRY_SLOW;
	parent = f->cur.dentry->parent;
	if (f->cur.dentry == f->cur.mnt->root || parent == NULL || !still_true(f))
		return WALK_TRY_SLOW;
	f->cur.dentry = parent;
	return cross_down(f) ? 0 : WALK_TRY_SLOW;
}

/* "." or "..", which are no names. */
static bool is_dots(const struct component *c)
{
	return c->name[0] == '.' && (c->len == 1 || (c->len == 2 && c->name[1] == '.'));
}

static int may_search(const struct inode *dir)
{
	const u32 open_to_all = LINUX_S_IFDIR | 0111;
	const struct cred *c = &current()->process->cred;
	u32 mode = atomic_load(&dir->mode);

	if (likely((mode & (LINUX_S_IFMT | 0111)) == open_to_all && acl_is_absent(dir)))
		return 0;
	if (!LINUX_S_ISDIR(mode))
		return -ENOTDIR;
	return inode_permission_known(dir, LINUX_X_OK, c->fsuid, c->fsgid, true);
}

/* One component. last: nothing follows it. */
static int step(struct fast *f, const struct component *c, bool last, u32 flags)
{
	struct inode *inode, *dir = atomic_load(&f->cur.dentry->inode);
	struct dentry *d;
	int err;

	if (dir == NULL)
		return WALK_TRY_SLOW;
	err = may_search(dir);
	if (unlikely(err < 0))
		return err == -EAGAIN ? WALK_TRY_SLOW : err;
	if (unlikely(is_dots(c)))
		return c->len == 1 ? 0 : dotdot(f);
	if (unlikely(c->len > NAME_MAX_INLINE))
		return WALK_TRY_SLOW;
	d = child(f, c);
	if (d == NULL && last) {
		f->missing = c->name;
		f->missing_len = c->len;
		return WALK_LOOK_UP;
	}
	if (d == NULL)
		return WALK_TRY_SLOW;
	inode = atomic_load(&d->inode);
	if (inode == NULL)
		return -ENOENT;
	if (unlikely(inode_is_symlink(inode)) && (!last || flags & WALK_FOLLOW)) {
		if (last && link_may_follow(dir, inode) < 0)
			return WALK_TRY_SLOW;
		return take_link(f, inode) ? 0 : WALK_TRY_SLOW;
	}
	f->cur.dentry = d;
	return cross_down(f) ? 0 : WALK_TRY_SLOW;
}

static const char *skip_slashes(const char *p)
{
	while (*p == '/')
		p++;
	return p;
}

static int walk_all(struct fast *f, u32 flags)
{
	struct inode *inode;
	int err;

	f->rest = skip_slashes(f->rest);
	while (*f->rest != '\0') {
		struct component c = scan(f);

		f->rest = skip_slashes(c.name + c.len);
		if (*f->rest == '\0' && c.name[c.len] == '/')
			return WALK_TRY_SLOW;
		err = step(f, &c, *f->rest == '\0', flags);
		if (err != 0)
			return err;
	}
	inode = atomic_load(&f->cur.dentry->inode);
	if (inode == NULL)
		return WALK_TRY_SLOW;
	return flags & WALK_DIRECTORY && !inode_is_dir(inode) ? -ENOTDIR : 0;
}

/* References for where the walk has come to, if that is still there. */
static int take_result(const struct fast *f, struct path *ret)
{
	if (!ref_get_unless_zero(&f->cur.dentry->ref))
		return WALK_TRY_SLOW;
	if (!ref_get_unless_zero(&f->cur.mnt->ref)) {
		dentry_put(f->cur.dentry);
		return WALK_TRY_SLOW;
	}
	*ret = f->cur;
	if (still_true(f))
		return 0;
	path_put(ret);
	return WALK_TRY_SLOW;
}

/* The answer about where the walk has come to, if it can be had without references. */
static bool answered(const struct fast *f, struct path_view *view, int *ret_answer)
{
	*ret_answer = view->ask->answer(view->ask, &f->cur, &f->guard);
	if (*ret_answer == -EAGAIN || !still_true(f))
		return false;
	view->ask = NULL;
	return true;
}

static int walk_from(struct fast *f, const char *name, u32 flags, struct path *ret,
		     struct path_view *view)
{
	int err, answer;

	f->rest = name;
	f->links = 0;
	err = walk_all(f, flags);
	if (err == 0 && view != NULL && view->ask != NULL && answered(f, view, &answer))
		return answer;
	if (err >= 0 && err != WALK_TRY_SLOW)
		return take_result(f, ret) == 0 ? err : WALK_TRY_SLOW;
	return still_true(f) ? err : WALK_TRY_SLOW;
}

/*
 * What the file system tells of the missing name as it is: p becomes that, with view as the
 * owner of its directory's reference, or stays. -EAGAIN: it is to be looked up.
 */
static int peek(const struct fast *f, u32 flags, struct path *p, struct path_view *view)
{
	struct dentry *dir = p->dentry;
	const struct inode_ops *ops = dir->inode->ops;
	struct inode *found = NULL;
	int err;

	if (ops->peek == NULL || dentry_is_unlinked(dir))
		return -EAGAIN;
	if (view != NULL)
		view->inodes.used = 0;
	err = ops->peek(dir->inode, f->missing, f->missing_len,
			view != NULL ? &view->inodes : NULL, &found);
	if (err == 0 && (view == NULL || (inode_is_symlink(found) && flags & WALK_FOLLOW)))
		err = -EAGAIN;
	if (err == 0 && flags & WALK_DIRECTORY && !inode_is_dir(found))
		err = -ENOTDIR;
	if (err < 0)
		return err;
	ref_init(&view->dentry.ref);
	view->dentry.flags = 0;
	view->dentry.mounted = 0;
	view->dentry.parent = dir;
	view->dentry.inode = found;
	view->dentry.sb = dir->sb;
	view->dir = dir;
	p->dentry = &view->dentry;
	return 0;
}

/* p, the directory of the missing name, becomes what the name is, or is put. */
static int look_up(const struct fast *f, u32 flags, struct path *p, struct path_view *view)
{
	struct dentry *d, *dir = p->dentry;
	int err = flags & WALK_CACHED ? -EAGAIN : peek(f, flags, p, view);

	if (err != -EAGAIN) {
		if (err < 0)
			path_put(p);
		return err;
	}
	if (!(flags & WALK_CACHED))
		err = dentry_lookup_missing(dir, f->missing, f->missing_len,
					    flags & WALK_DIRECTORY, &d);
	if (err < 0) {
		path_put(p);
		return WALK_TRY_SLOW; /* which knows what each error means */
	}
	if (d->inode == NULL)
		err = -ENOENT;
	else if (atomic_load(&d->mounted) != 0 ||
		 (inode_is_symlink(d->inode) && flags & WALK_FOLLOW))
		err = WALK_TRY_SLOW;
	else if (flags & WALK_DIRECTORY && !inode_is_dir(d->inode))
		err = -ENOTDIR;
	if (err == 0) {
		p->dentry = d;
		dentry_put(dir);
	} else {
		dentry_put(d);
		path_put(p);
	}
	return err;
}

/* Where a walk starts: the directory, or NULL: the working directory. False: just changing. */
static bool start(struct fast *f, bool absolute, const struct file *dir)
{
	const struct fs_context *fs = current()->fs;
	const struct path *from = absolute ? &fs->root : dir != NULL ? &dir->path : &fs->cwd;

	f->guard.fs = fs;
	f->guard.fs_seq = atomic_load(&fs->seq);
	f->root.mnt = atomic_load(&fs->root.mnt);
	f->root.dentry = atomic_load(&fs->root.dentry);
	f->cur.mnt = atomic_load(&from->mnt);
	f->cur.dentry = atomic_load(&from->dentry);
	f->guard.seq = atomic_load(&vfs->dcache_seq);
	return !(f->guard.fs_seq & 1);
}

int walk_fast(int dirfd, const char *name, u32 flags, struct path *ret,
	      struct path_view *view)
{
	struct file *file = NULL;
	int err = WALK_TRY_SLOW;
	struct fast f;

	if (flags & ~FAST_FLAGS || name[0] == '\0')
		return WALK_TRY_SLOW;
	if (name[0] != '/' && dirfd != LINUX_AT_FDCWD) {
		file = fd_get_any(dirfd);
		if (file == NULL || file->path.dentry == NULL) {
			file_put(file);
			return WALK_TRY_SLOW;
		}
	}
	if (start(&f, name[0] == '/', file))
		err = walk_from(&f, name, flags, ret, view);
	file_put(file);
	return err == WALK_LOOK_UP ? look_up(&f, flags, ret, view) : err;
}
