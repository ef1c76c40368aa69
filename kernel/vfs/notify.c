/*
 * Telling those who watch inodes what happens to them. See notify.h.
 *
 * LINUX BEHAVIOUR. fs/notify: which call gives which events, and their order; inotify(7).
 *
 * NOT DONE. What is changed in a host directory by others than the sandbox.
 */
#include "kernel/vfs/notify.h"

#include "lib/string.h"

void fs_watch_lock(void)
{
	lock_acquire(&vfs->watch_lock);
}

void fs_watch_unlock(void)
{
	lock_release(&vfs->watch_lock);
}

/* --- watches and watchers --- */

int fs_watcher_add(struct fs_watcher *r, u32 max_of_user)
{
	const struct fs_watcher *other;
	u32 count = 0;

	fs_watch_lock();
	list_for_each(other, &vfs->watchers, link)
		count += other->user == r->user;
	if (count < max_of_user)
		list_add(&vfs->watchers, &r->link);
	fs_watch_unlock();
	return count < max_of_user ? 0 : -EMFILE;
}

void fs_watcher_remove(struct fs_watcher *r)
{
	fs_watch_lock();
	list_del(&r->link);
	fs_watch_unlock();
}

struct fs_watch *fs_watch_find_locked(const struct fs_watcher *r, const struct inode *i)
{
	struct fs_watch *w;

	for (w = i->watches; w != NULL; w = w->next)
		if (w->watcher == r)
			return w;
	return NULL;
}

static u32 count_of_user(u32 user)
{
	const struct fs_watcher *r;
	u32 count = 0;

	list_for_each(r, &vfs->watchers, link)
		if (r->user == user)
			count += r->watch_count;
	return count;
}

int fs_watch_add_locked(struct fs_watch *w, struct inode *i, u32 max_of_user)
{
	if (count_of_user(w->watcher->user) >= max_of_user)
		return -ENOSPC;
	w->inode = inode_get(i);
	w->next = i->watches;
	atomic_store(&i->watches, (void *)w);
	list_add(&vfs->watches, &w->link);
	w->watcher->watch_count++;
	atomic_add(&vfs->watch_count, 1);
	return 0;
}

struct inode *fs_watch_remove_locked(struct fs_watch *w)
{
	struct inode *i = w->inode;
	struct fs_watch **at;

	if (i->watches == w) {
		atomic_store(&i->watches, (void *)w->next);
	} else {
		for (at = &((struct fs_watch *)i->watches)->next; *at != w;)
			at = &(*at)->next;
		*at = w->next;
	}
	w->next = NULL;
	w->inode = NULL;
	list_del(&w->link);
	w->watcher->watch_count--;
	atomic_sub(&vfs->watch_count, 1);
	return i;
}

/* --- telling, with the lock held --- */

/* Watches that were taken off, to be given back without the lock. */
struct gone {
	struct fs_watch *first; /* by next */
};

static void take_off(struct gone *gone, struct fs_watch *w)
{
	const struct fs_event ignored = { .mask = LINUX_IN_IGNORED };

	w->watcher->event(w, &ignored);
	w->inode = fs_watch_remove_locked(w); /* for its reference to be put */
	w->next = gone->first;
	gone->first = w;
}

static void give_back(struct gone *gone)
{
	while (gone->first != NULL) {
		struct fs_watch *w = gone->first;
		struct inode *i = w->inode;

		gone->first = w->next;
		w->gone(w);
		inode_put(i);
	}
}

static void tell(struct inode *i, const struct fs_event *e, bool unlinked, struct gone *gone)
{
	struct fs_watch *w, *next;

	for (w = i->watches; w != NULL; w = next) {
		next = w->next;
		if (!(e->mask & w->mask & (LINUX_IN_ALL_EVENTS | FS_RENAME)) ||
		    (unlinked && w->excl_unlink))
			continue;
		if (w->watcher->event(w, e))
			take_off(gone, w);
	}
}

/* --- reports --- */

static u32 with_type(u32 mask, const struct inode *i)
{
	return i != NULL && inode_is_dir(i) ? mask | LINUX_IN_ISDIR : mask;
}

static void tell_one(struct inode *i, const struct fs_event *e)
{
	struct gone gone = { NULL };

	if (i->watches == NULL)
		return;
	fs_watch_lock();
	tell(i, e, false, &gone);
	fs_watch_unlock();
	give_back(&gone);
}

void fs_notify_inode_now(struct inode *i, u32 mask)
{
	const struct fs_event e = { .mask = with_type(mask, i) };

	tell_one(i, &e);
}

void fs_notify_name_now(struct inode *dir, u32 mask, const struct inode *child,
			const char *name, size_t len)
{
	const struct fs_event e = { .mask = with_type(mask, child), .name = name, .len = len };

	tell_one(dir, &e);
}

/*
 * Does anybody watch d's parent? Looked up without a lock, so it may be wrong while the file
 * is being moved: dentries are a slab's and shared memory does not go away, so no harm.
 */
static bool parent_watched(struct dentry *d)
{
	struct dentry *parent = atomic_load(&d->parent);
	struct inode *dir = parent == NULL ? NULL : atomic_load(&parent->inode);

	return dir != NULL && atomic_load(&dir->watches) != NULL;
}

/* The watched parent, referenced, with the name in it; NULL: none. */
static struct inode *parent_get(struct dentry *d, char name[VFS_NAME_MAX + 1], size_t *ret_len)
{
	struct inode *dir = NULL;

	if (!parent_watched(d))
		return NULL;
	lock_acquire(&vfs->dcache_lock);
	if (d->parent != NULL && d->parent->inode != NULL) {
		dir = inode_get(d->parent->inode);
		*ret_len = MIN((size_t)d->name_len, (size_t)VFS_NAME_MAX);
		memcpy(name, d->name, *ret_len);
	}
	lock_release(&vfs->dcache_lock);
	return dir;
}

/* To the parent's watches and the inode's own. unlinked: the file has lost its name. */
static void tell_both(struct dentry *d, struct inode *i, u32 mask, bool unlinked)
{
	struct fs_event e = { .mask = with_type(mask, i) };
	struct gone gone = { NULL };
	char name[VFS_NAME_MAX + 1];
	struct inode *dir = d == NULL ? NULL : parent_get(d, name, &e.len);

	if (dir == NULL && i->watches == NULL)
		return;
	fs_watch_lock();
	if (dir != NULL) {
		e.name = name;
		tell(dir, &e, unlinked, &gone);
	}
	e.name = NULL;
	e.len = 0;
	tell(i, &e, unlinked, &gone);
	fs_watch_unlock();
	give_back(&gone);
	inode_put(dir);
}

void fs_notify_file_now(struct file *f, u32 mask)
{
	struct dentry *d = f->path.dentry;

	if (!(f->mode & FMODE_PATH))
		tell_both(d, f->inode, mask, d != NULL && dentry_is_unlinked(d));
}

void fs_notify_dentry_now(struct dentry *d, u32 mask)
{
	if (d->inode != NULL)
		tell_both(d, d->inode, mask, false);
}

/* --- names that go --- */

void fs_notify_gone_now(struct inode *i)
{
	const struct fs_event e = { .mask = LINUX_IN_DELETE_SELF };
	struct gone gone = { NULL };

	if (atomic_load(&i->nlink) != 0)
		return;
	inode_get(i);
	fs_watch_lock();
	tell(i, &e, false, &gone);
	while (i->watches != NULL)
		take_off(&gone, i->watches);
	fs_watch_unlock();
	give_back(&gone);
	inode_put(i);
}

/* Linux: vfs_unlink() and vfs_rmdir() tell the file first, when nobody has it open. */
void fs_notify_unlinked_now(struct inode *dir, struct dentry *d)
{
	if (!inode_is_dir(d->inode))
		fs_notify_inode_now(d->inode, LINUX_IN_ATTRIB);
	if (atomic_load(&d->ref.count) == 1 && d->inode->watches != NULL)
		fs_notify_gone_now(d->inode);
	fs_notify_name_now(dir, LINUX_IN_DELETE, d->inode, d->name, d->name_len);
}

void fs_notify_moved_now(const struct fs_move *m)
{
	struct fs_event from = { .mask = with_type(LINUX_IN_MOVED_FROM, m->source),
				 .name = m->old_name, .len = m->old_len };
	struct fs_event to = { .mask = with_type(LINUX_IN_MOVED_TO, m->source),
			       .name = m->new_name, .len = m->new_len };
	const struct fs_event renamed = { .mask = FS_RENAME };

	from.cookie = to.cookie = atomic_add(&vfs->move_cookie, 1) + 1;
	tell_one(m->old_dir, &from);
	tell_one(m->new_dir, &to);
	if (m->old_dir == m->new_dir)
		tell_one(m->old_dir, &renamed);
	if (m->replaced != NULL && !inode_is_dir(m->replaced))
		fs_notify_inode_now(m->replaced, LINUX_IN_ATTRIB);
	fs_notify_inode_now(m->source, LINUX_IN_MOVE_SELF);
}

void fs_notify_unmount_now(struct super *sb)
{
	const struct fs_event e = { .mask = LINUX_IN_UNMOUNT };
	struct gone gone = { NULL };
	struct fs_watch *w, *next;

	fs_watch_lock();
	list_for_each_safe(w, next, &vfs->watches, link) {
		if (w->inode->sb != sb)
			continue;
		w->watcher->event(w, &e);
		take_off(&gone, w);
	}
	fs_watch_unlock();
	give_back(&gone);
}

/* Linux: fsnotify_change(). Both times at once are utime(2). */
u32 fs_notify_setattr_mask(u32 valid)
{
	u32 times = valid & (SETATTR_ATIME | SETATTR_MTIME), mask = 0;

	if (valid & (SETATTR_UID | SETATTR_GID | SETATTR_MODE) ||
	    times == (SETATTR_ATIME | SETATTR_MTIME))
		mask |= LINUX_IN_ATTRIB;
	if (valid & SETATTR_SIZE || times == SETATTR_MTIME)
		mask |= LINUX_IN_MODIFY;
	if (times == SETATTR_ATIME)
		mask |= LINUX_IN_ACCESS;
	return mask;
}
