/*
 * inotify: events of watched files, to be read.
 *
 * OVERVIEW. What happens is reported by kernel/vfs (notify.h) and put into the instance's
 * queue here, in the form it is read in.
 *
 * LIFETIME. The instance is the open file's. It goes when it has taken off its watches, so
 * whoever reports an event under watch_lock finds it alive. A watch is freed by who took it
 * off: the instance, or kernel/vfs through gone().
 *
 * LOCKING. watch_lock (w): the instance's watches. inotify.lock (q), below it: the queue. It
 * is never held over guest memory.
 *
 * LINUX BEHAVIOUR. inotify(7), fs/notify/inotify. An event like the last one in the queue is
 * not added. A full queue ends with one IN_Q_OVERFLOW.
 */
#include "kernel/obj/inotify.h"

#include "abi/linux/fcntl.h"
#include "abi/linux/ioctl.h"
#include "abi/linux/poll.h"
#include "kernel/fs/proc/pseudo.h"
#include "kernel/locks.h"
#include "kernel/mm/uaccess.h"
#include "kernel/vfs/iter.h"
#include "kernel/vfs/notify.h"
#include "kernel/vfs/poll.h"
#include "lib/string.h"

#define BUCKETS_MIN 16u
#define MASK_WATCHED LINUX_IN_ALL_EVENTS

/* Its size is what is read of it, the padded name included. */
struct event {
	struct list link; /* q */
	size_t size;      /* I */
	struct linux_inotify_event head;
	char name[];
};

struct watch {
	struct fs_watch base;
	s32 wd;              /* I */
	bool oneshot;        /* w */
	struct watch *chain; /* w: of the bucket */
};

struct inotify {
	struct fs_watcher base;
	struct watch **buckets; /* w: by wd */
	u32 bucket_count;       /* w */
	s32 last_wd;            /* w: numbers are given out in a circle */
	struct lock lock;
	struct list events;     /* q: oldest first */
	u32 count;              /* q */
	u64 bytes;              /* q: of all events */
	bool overflow;          /* q: IN_Q_OVERFLOW is in the queue */
	struct waitq wait;
};

static const struct file_ops inotify_ops;

bool file_is_inotify(const struct file *f)
{
	return f->ops == &inotify_ops;
}

/* --- the queue --- */

static struct event *event_create(s32 wd, u32 mask, u32 cookie, const char *name, size_t len)
{
	size_t room = name == NULL ? 0 : ALIGN_UP(len + 1, sizeof(struct linux_inotify_event));
	struct event *e = kzalloc(sizeof(*e) + room);

	if (e == NULL)
		return NULL;
	list_init(&e->link);
	e->size = sizeof(e->head) + room;
	e->head = (struct linux_inotify_event){
		.wd = wd,
		.mask = mask,
		.cookie = cookie,
		.len = (u32)room,
	};
	if (room != 0)
		memcpy(e->name, name, len);
	return e;
}

/* Linux: inotify_merge(). The cookie does not count. */
static bool same_event(const struct event *a, const struct event *b)
{
	return !(a->head.mask & LINUX_IN_IGNORED) && a->head.mask == b->head.mask &&
	       a->head.wd == b->head.wd && a->head.len == b->head.len &&
	       memcmp(a->name, b->name, a->head.len) == 0;
}

static void event_add_locked(struct inotify *in, struct event *e)
{
	list_add_tail(&in->events, &e->link);
	in->count++;
	in->bytes += e->size;
}

/* Takes e over; NULL: there was no memory for it, which is an overflow, too. */
static void queue_add(struct inotify *in, struct event *e)
{
	bool full;

	lock_acquire(&in->lock);
	full = e == NULL || in->count >= INOTIFY_EVENTS_MAX;
	if (!full && !list_empty(&in->events) &&
	    same_event(list_last(&in->events, struct event, link), e)) {
		lock_release(&in->lock);
		kfree(e);
		return;
	}
	if (full) {
		kfree(e);
		e = in->overflow ? NULL : event_create(-1, LINUX_IN_Q_OVERFLOW, 0, NULL, 0);
		in->overflow |= e != NULL;
	}
	if (e != NULL)
		event_add_locked(in, e);
	lock_release(&in->lock);
	if (e != NULL)
		waitq_wake(&in->wait, ~0u, LINUX_POLLIN | LINUX_POLLRDNORM);
}

/* The first event if it fits. NULL: there is none; *ret_size: what it would need. */
static struct event *queue_take(struct inotify *in, size_t room, size_t *ret_size)
{
	struct event *e = NULL;

	*ret_size = 0;
	lock_acquire(&in->lock);
	if (!list_empty(&in->events)) {
		e = list_first(&in->events, struct event, link);
		*ret_size = e->size;
		if (e->size > room) {
			e = NULL;
		} else {
			list_del(&e->link);
			in->count--;
			in->bytes -= e->size;
			in->overflow &= !(e->head.mask & LINUX_IN_Q_OVERFLOW);
		}
	}
	lock_release(&in->lock);
	return e;
}

/* --- watches, under watch_lock --- */

static struct inotify *inotify_of(const struct fs_watch *w)
{
	return container_of(w->watcher, struct inotify, base);
}

static struct watch **bucket_of(const struct inotify *in, s32 wd)
{
	return &in->buckets[(u32)wd & (in->bucket_count - 1)];
}

static struct watch *watch_find(const struct inotify *in, s32 wd)
{
	struct watch *w = *bucket_of(in, wd);

	while (w != NULL && w->wd != wd)
		w = w->chain;
	return w;
}

static void watch_forget(struct inotify *in, const struct watch *w)
{
	struct watch **at = bucket_of(in, w->wd);

	while (*at != w)
		at = &(*at)->chain;
	*at = w->chain;
}

static void buckets_grow(struct inotify *in)
{
	u32 old_count = in->bucket_count;
	struct watch **old = in->buckets, *w, *next;
	struct watch **bigger;

	if (in->base.watch_count < old_count * 2)
		return;
	bigger = kzalloc(old_count * 4 * sizeof(bigger[0]));
	if (bigger == NULL)
		return;
	in->buckets = bigger;
	in->bucket_count = old_count * 4;
	for (u32 n = 0; n < old_count; n++)
		for (w = old[n]; w != NULL; w = next) {
			next = w->chain;
			w->chain = *bucket_of(in, w->wd);
			*bucket_of(in, w->wd) = w;
		}
	kfree(old);
}

/* The kernel's event, for the watch. */
static bool watch_event(struct fs_watch *base, const struct fs_event *e)
{
	struct watch *w = container_of(base, struct watch, base);
	struct inotify *in = inotify_of(base);
	u32 mask = e->mask;

	if (mask & LINUX_IN_IGNORED)
		watch_forget(in, w);
	/* Linux: these two never had the bit */
	if (mask & (LINUX_IN_MOVE_SELF | LINUX_IN_DELETE_SELF))
		mask &= ~(u32)LINUX_IN_ISDIR;
	queue_add(in, event_create(w->wd, mask, e->cookie, e->name, e->len));
	return w->oneshot;
}

static void watch_gone(struct fs_watch *base)
{
	kfree(container_of(base, struct watch, base));
}

static void watch_set(struct watch *w, u32 mask)
{
	if (mask & LINUX_IN_MASK_ADD) {
		w->base.mask |= mask & MASK_WATCHED;
	} else {
		w->base.mask = mask & MASK_WATCHED;
		w->base.excl_unlink = false;
		w->oneshot = false;
	}
	w->base.excl_unlink |= (mask & LINUX_IN_EXCL_UNLINK) != 0;
	w->oneshot |= (mask & LINUX_IN_ONESHOT) != 0;
}

static s32 wd_next(struct inotify *in)
{
	do
		in->last_wd = in->last_wd == INT32_MAX ? 1 : in->last_wd + 1;
	while (watch_find(in, in->last_wd) != NULL);
	return in->last_wd;
}

/* *fresh is used up when it becomes the watch. */
static s64 watch_locked(struct inotify *in, struct inode *i, u32 mask, struct watch **fresh)
{
	struct fs_watch *found = fs_watch_find_locked(&in->base, i);
	struct watch *w;
	int err;

	if (found != NULL && mask & LINUX_IN_MASK_CREATE)
		return -EEXIST;
	if (found != NULL) {
		w = container_of(found, struct watch, base);
		watch_set(w, mask);
		return w->wd;
	}
	w = *fresh;
	w->base.watcher = &in->base;
	w->base.gone = watch_gone;
	err = fs_watch_add_locked(&w->base, i, INOTIFY_WATCHES_MAX);
	if (err < 0)
		return err;
	watch_set(w, mask);
	w->wd = wd_next(in);
	w->chain = *bucket_of(in, w->wd);
	*bucket_of(in, w->wd) = TAKE(*fresh);
	buckets_grow(in);
	return w->wd;
}

s64 inotify_watch(struct file *f, struct inode *i, u32 mask)
{
	AUTO_KFREE struct watch *fresh = kzalloc(sizeof(*fresh));
	s64 wd;

	if (fresh == NULL)
		return -ENOMEM;
	list_init(&fresh->base.link);
	fs_watch_lock();
	wd = watch_locked(f->private, i, mask, &fresh);
	fs_watch_unlock();
	return wd;
}

s64 inotify_unwatch(struct file *f, s32 wd)
{
	struct inotify *in = f->private;
	struct inode *i = NULL;
	struct watch *w;

	fs_watch_lock();
	w = watch_find(in, wd);
	if (w != NULL) {
		watch_forget(in, w);
		i = fs_watch_remove_locked(&w->base);
	}
	fs_watch_unlock();
	if (w == NULL)
		return -EINVAL;
	queue_add(in, event_create(wd, LINUX_IN_IGNORED, 0, NULL, 0));
	inode_put(i);
	kfree(w);
	return 0;
}

/* --- the file --- */

static s64 event_out(struct iter *to, struct event *e)
{
	size_t size = e->size;
	s64 n = iter_copy_to(to, &e->head, size); /* the name follows it */

	kfree(e);
	return n == (s64)size ? n : -EFAULT;
}

/* As many whole events as there are and fit; -EAGAIN: none is there. */
static s64 read_events(struct inotify *in, struct iter *to)
{
	s64 done = 0, n;

	for (;;) {
		size_t size;
		struct event *e = queue_take(in, to->count, &size);

		if (e == NULL && done != 0)
			return done;
		if (e == NULL)
			return size != 0 ? -EINVAL : -EAGAIN;
		n = event_out(to, e);
		if (n < 0)
			return n; /* Linux: even if others were read */
		done += n;
	}
}

static bool has_events(struct inotify *in)
{
	return atomic_load(&in->count) != 0;
}

static s64 inotify_read(struct file *f, struct iter *to, UNUSED u64 *pos)
{
	struct inotify *in = f->private;

	for (;;) {
		s64 n = read_events(in, to);
		int err;

		if (n != -EAGAIN || atomic_load(&f->flags) & LINUX_O_NONBLOCK)
			return n;
		err = WAIT_EVENT(&in->wait, NO_DEADLINE, has_events(in));
		if (err < 0)
			return err;
	}
}

static u32 inotify_poll(struct file *f, struct poll_table *pt)
{
	struct inotify *in = f->private;

	poll_wait(pt, &in->wait);
	return has_events(in) ? LINUX_POLLIN | LINUX_POLLRDNORM : 0;
}

/* Linux: noop_llseek. */
static s64 inotify_seek(UNUSED struct file *f, UNUSED s64 offset, UNUSED int whence)
{
	return 0;
}

static s64 inotify_ioctl(struct file *f, u32 cmd, uaddr_t arg)
{
	struct inotify *in = f->private;
	s32 bytes;

	if (cmd != LINUX_FIONREAD)
		return -ENOTTY;
	lock_acquire(&in->lock);
	bytes = (s32)in->bytes;
	lock_release(&in->lock);
	return copy_out_struct(arg, &bytes);
}

/* Take one watch off; false: there are none. */
static bool remove_any(struct inotify *in, u32 bucket)
{
	struct inode *i = NULL;
	struct watch *w;

	fs_watch_lock();
	w = in->buckets[bucket];
	if (w != NULL) {
		in->buckets[bucket] = w->chain;
		i = fs_watch_remove_locked(&w->base);
	}
	fs_watch_unlock();
	kfree(w);
	inode_put(i);
	return w != NULL;
}

static void inotify_destroy(struct inotify *in)
{
	struct event *e, *next;

	for (u32 n = 0; n < in->bucket_count; n++)
		while (remove_any(in, n))
			;
	fs_watcher_remove(&in->base);
	list_for_each_safe(e, next, &in->events, link)
		kfree(e);
	kfree(in->buckets);
	kfree(in);
}

static void inotify_release(struct file *f)
{
	inotify_destroy(f->private);
}

/* Linux: also a file handle, of file systems that give some out. */
static void inotify_info(struct file *f, struct seq *s)
{
	struct inotify *in = f->private;

	fs_watch_lock();
	for (u32 n = 0; n < in->bucket_count; n++)
		for (const struct watch *w = in->buckets[n]; w != NULL; w = w->chain)
			seq_print(s, "inotify wd:%x ino:%lx sdev:%x mask:%x ignored_mask:0\n",
				  w->wd, (unsigned long)w->base.inode->ino,
				  DEV_MINOR(w->base.inode->sb->dev),
				  w->base.mask | (w->oneshot ? LINUX_IN_ONESHOT : 0) |
					  (w->base.excl_unlink ? LINUX_IN_EXCL_UNLINK : 0));
	fs_watch_unlock();
}

static const struct file_ops inotify_ops = {
	.info = inotify_info,
	.read = inotify_read,
	.seek = inotify_seek,
	.ioctl = inotify_ioctl,
	.poll = inotify_poll,
	.release = inotify_release,
	.async = true,
};

int inotify_create(u32 flags, struct file **ret)
{
	struct inotify *in = kzalloc(sizeof(*in));
	int err;

	if (in == NULL)
		return -ENOMEM;
	in->bucket_count = BUCKETS_MIN;
	in->buckets = kzalloc(BUCKETS_MIN * sizeof(in->buckets[0]));
	in->base.user = current()->process->cred.uid;
	in->base.event = watch_event;
	list_init(&in->base.link);
	list_init(&in->events);
	lock_rank(&in->lock, RANK_INOTIFY);
	waitq_init_io(&in->wait);
	err = in->buckets == NULL ? -ENOMEM : fs_watcher_add(&in->base, INOTIFY_INSTANCES_MAX);
	if (err < 0)
		goto free_instance;
	err = file_create_anon(&inotify_ops, in, 0600,
			       LINUX_O_RDONLY | (flags & LINUX_IN_NONBLOCK),
			       "anon_inode:inotify", ret);
	if (err == 0)
		return 0;
	fs_watcher_remove(&in->base);
free_instance:
	kfree(in->buckets);
	kfree(in);
	return err;
}
