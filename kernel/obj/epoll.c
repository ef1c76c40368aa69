/*
 * epoll: sets of watched files.
 *
 * OVERVIEW. An item watches one file for one set, through waiters in the file's wait queues.
 * Their function puts the item on the set's ready list; epoll_wait looks what is really
 * ready with the items of that list and puts level-triggered ones back. So the cost is by
 * what happened, not by what is watched.
 *
 * LIFETIME. A set does not keep its files open: an item goes with the file's last
 * reference (epoll_file_gone), which waits for the set's lock. A set's memory is counted
 * for that moment's sake.
 *
 * LOCKING. Outermost first: sandbox.epoll_lock (a set is added to a set), epoll.lock (items;
 * of an outer set before an inner one's), watch_list.lock, a queue's own lock,
 * epoll.ready_lock. With epoll.lock held an item's file cannot be freed.
 *
 * LINUX BEHAVIOUR. epoll(7), fs/eventpoll.c. Files without a poll operation are EPERM.
 *
 * NOT DONE. Of the user's streams the host tells readiness, not events: edge-triggered they
 * report when readiness appears and again after use.
 */
#include "kernel/obj/epoll.h"

#include "abi/errno.h"
#include "abi/linux/fcntl.h"
#include "kernel/fs/host/host.h"
#include "kernel/fs/proc/pseudo.h"
#include "kernel/locks.h"
#include "kernel/task/table.h"
#include "kernel/vfs/hooks.h"
#include "platform/plat.h"

#define BUCKETS_MIN 16u
#define PRIVATE_BITS                                                              \
	(LINUX_EPOLLWAKEUP | LINUX_EPOLLONESHOT | LINUX_EPOLLET | LINUX_EPOLLEXCLUSIVE)
#define ALWAYS (LINUX_EPOLLERR | LINUX_EPOLLHUP)

/* Who watches a file. Counted: the file's and each item's. */
struct watch_list {
	struct ref ref;
	struct lock lock;
	struct list items; /* of item.file_link */
};

struct item {
	struct epoll *ep;
	struct file *file; /* not referenced: see LIFETIME */
	int fd;
	struct watch_list *watch; /* referenced */
	struct list file_link;    /* watch_list.lock */
	struct list link;         /* epoll.lock: in the bucket */
	struct list ready_link;   /* ready_lock */
	bool ready;               /* ready_lock: on the list */
	u32 events;               /* a: wanted; changed under epoll.lock */
	u64 data;                 /* epoll.lock */
	struct file_hook *hooks;  /* epoll.lock */
	bool host;                /* I: a stream of the host's */
	u32 host_seen, host_uses; /* epoll.lock: what was ready when last looked at, used */
};

struct epoll {
	struct ref ref;
	struct lock lock;
	struct list *buckets; /* lock: by file and fd */
	u32 bucket_count, count; /* lock */
	u32 host_count;       /* a */
	struct lock ready_lock;
	struct list ready;    /* ready_lock: of item.ready_link */
	struct waitq waiters; /* in epoll_wait or watching this set */
};

static const struct file_ops epoll_ops;

bool file_is_epoll(const struct file *f)
{
	return f->ops == &epoll_ops;
}

/* --- counted memory --- */

static void epoll_put(struct epoll *ep)
{
	if (!ref_put(&ep->ref))
		return;
	kfree(ep->buckets);
	kfree(ep);
}

static void watch_put(struct watch_list *w)
{
	if (ref_put(&w->ref))
		kfree(w);
}

static struct watch_list *watch_get(struct file *f)
{
	struct watch_list *w = atomic_load(&f->watchers);
	void *none = NULL;

	if (w == NULL) {
		w = kzalloc(sizeof(*w));
		if (w == NULL)
			return NULL;
		lock_rank(&w->lock, RANK_EPOLL_WATCH);
		ref_init(&w->ref);
		list_init(&w->items);
		if (!atomic_cas(&f->watchers, &none, (void *)w)) {
			kfree(w);
			w = none;
		}
	}
	ref_get(&w->ref);
	return w;
}

/* --- the ready list --- */

/* False: it was there already. */
static bool ready_add(struct item *i)
{
	struct epoll *ep = i->ep;
	bool added;

	lock_acquire(&ep->ready_lock);
	added = !i->ready;
	if (added) {
		list_add_tail(&ep->ready, &i->ready_link);
		i->ready = true;
	}
	lock_release(&ep->ready_lock);
	return added;
}

static void ready_remove(struct item *i)
{
	lock_acquire(&i->ep->ready_lock);
	if (i->ready)
		list_del(&i->ready_link);
	i->ready = false;
	lock_release(&i->ep->ready_lock);
}

static struct item *ready_take(struct epoll *ep)
{
	struct item *i = NULL;

	lock_acquire(&ep->ready_lock);
	if (!list_empty(&ep->ready)) {
		i = list_first(&ep->ready, struct item, ready_link);
		list_del(&i->ready_link);
		i->ready = false;
	}
	lock_release(&ep->ready_lock);
	return i;
}

/* A watched file's queue was woken; its lock is held, so neither item nor set goes away. */
static bool item_woken(struct waiter *w, u64 key)
{
	struct item *i = hook_owner(w);
	u32 events = atomic_load(&i->events);
	bool used;

	if (!(events & ~PRIVATE_BITS) || !((u32)key & (events | ALWAYS)))
		return false;
	if (!i->host) /* look_at_host() knows what is news */
		ready_add(i);
	/* Linux: a set that nobody waits for does not use an exclusive wake-up up */
	used = !(events & LINUX_EPOLLEXCLUSIVE) || !list_empty(&i->ep->waiters.waiters);
	waitq_wake(&i->ep->waiters, ~0u, LINUX_POLLIN | LINUX_POLLRDNORM);
	return used;
}

/* --- items; epoll.lock is held --- */

static struct list *bucket_of(struct epoll *ep, const struct file *f, int fd)
{
	u64 h = ((u64)(uintptr_t)f ^ (u64)fd << 40) * 0x9e3779b97f4a7c15ull;

	return &ep->buckets[(h >> 40) & (ep->bucket_count - 1)];
}

static struct item *item_find(struct epoll *ep, const struct file *f, int fd)
{
	struct item *i;

	list_for_each(i, bucket_of(ep, f, fd), link)
		if (i->file == f && i->fd == fd)
			return i;
	return NULL;
}

static struct list *buckets_alloc(u32 count)
{
	struct list *b = kzalloc(count * sizeof(struct list));

	for (u32 n = 0; b != NULL && n < count; n++)
		list_init(&b[n]);
	return b;
}

static void buckets_grow(struct epoll *ep)
{
	struct list *old = ep->buckets, *bigger;
	u32 old_count = ep->bucket_count;
	struct item *i, *next;

	if (ep->count < ep->bucket_count * 2 || ep->bucket_count >= 1u << 20)
		return;
	bigger = buckets_alloc(old_count * 4);
	if (bigger == NULL)
		return;
	ep->buckets = bigger;
	ep->bucket_count = old_count * 4;
	for (u32 n = 0; n < old_count; n++)
		list_for_each_safe(i, next, &old[n], link) {
			list_del(&i->link);
			list_add(bucket_of(ep, i->file, i->fd), &i->link);
		}
	kfree(old);
}

/* The hooks first: after that the file may go. */
static void item_destroy(struct item *i)
{
	file_hooks_remove(&i->hooks);
	ready_remove(i);
	list_del(&i->link);
	i->ep->count--;
	if (i->host)
		atomic_sub(&i->ep->host_count, 1);
	lock_acquire(&i->watch->lock);
	list_del(&i->file_link);
	lock_release(&i->watch->lock);
	watch_put(i->watch);
	kfree(i);
}

/* Of what is there, what is wanted. */
static u32 item_wants(const struct item *i, u32 ready)
{
	return ready & ((atomic_load(&i->events) & ~PRIVATE_BITS) | ALWAYS);
}

/* What of the wanted events is there now. */
static u32 item_poll(const struct item *i, struct poll_table *pt)
{
	if (atomic_load(&i->file->ref.count) == 0)
		return 0; /* being closed */
	return item_wants(i, file_poll(i->file, pt));
}

static int item_create(struct epoll *ep, int fd, struct file *target,
		       const struct linux_epoll_event *event)
{
	struct item *i = kzalloc(sizeof(*i));
	plat_fd_t host_fd;
	u32 ready;
	int err;

	if (i == NULL)
		return -ENOMEM;
	i->watch = watch_get(target);
	if (i->watch == NULL) {
		kfree(i);
		return -ENOMEM;
	}
	i->ep = ep;
	i->file = target;
	i->fd = fd;
	i->events = event->events | ALWAYS;
	i->data = event->data;
	list_init(&i->ready_link);
	i->host = host_stream_fd(target, &host_fd);
	if (i->host)
		atomic_add(&ep->host_count, 1);
	lock_acquire(&i->watch->lock);
	list_add_tail(&i->watch->items, &i->file_link);
	lock_release(&i->watch->lock);
	ep->count++;
	buckets_grow(ep);
	list_add(bucket_of(ep, target, fd), &i->link);
	err = file_hooks_add(target, i, item_woken,
			     event->events & LINUX_EPOLLEXCLUSIVE ? WAITER_EXCLUSIVE : 0,
			     &i->hooks, &ready);
	if (err < 0)
		item_destroy(i);
	else if (item_wants(i, ready) != 0 && ready_add(i))
		waitq_wake(&ep->waiters, ~0u, LINUX_POLLIN | LINUX_POLLRDNORM);
	return err;
}

static void item_modify(struct item *i, const struct linux_epoll_event *event)
{
	atomic_store(&i->events, event->events | ALWAYS);
	atomic_fence(); /* a wake-up sees the new events, or the look below what it was about */
	i->data = event->data;
	i->host_seen = 0;
	if (item_poll(i, NULL) != 0 && ready_add(i))
		waitq_wake(&i->ep->waiters, ~0u, LINUX_POLLIN | LINUX_POLLRDNORM);
}

/* --- sets in sets --- */

/* Is ep in the set inner, or in one that is in it? depth: levels that may still follow. */
static bool watches(struct epoll *inner, const struct epoll *ep, u32 depth, bool *too_deep)
{
	bool found = inner == ep;
	struct item *i;

	if (found || depth == 0) {
		*too_deep |= depth == 0;
		return found;
	}
	lock_acquire(&inner->lock);
	for (u32 n = 0; n < inner->bucket_count && !found; n++)
		list_for_each(i, &inner->buckets[n], link)
			if (file_is_epoll(i->file))
				found |= watches(i->file->private, ep, depth - 1, too_deep);
	lock_release(&inner->lock);
	return found;
}

static int control_add(struct epoll *ep, int fd, struct file *target,
		       const struct linux_epoll_event *event)
{
	bool nested = file_is_epoll(target), too_deep = false;
	int err = 0;

	if (nested) {
		lock_acquire(&sandbox->epoll_lock);
		if (watches(target->private, ep, LINUX_EPOLL_MAX_NESTS, &too_deep) || too_deep)
			err = -ELOOP;
	}
	if (err == 0) {
		lock_acquire(&ep->lock);
		err = item_find(ep, target, fd) != NULL ? -EEXIST :
							  item_create(ep, fd, target, event);
		lock_release(&ep->lock);
	}
	if (nested)
		lock_release(&sandbox->epoll_lock);
	return err;
}

static int exclusive_check(int op, struct file *target, u32 events)
{
	const u32 permitted = LINUX_EPOLLIN | LINUX_EPOLLOUT | LINUX_EPOLLERR | LINUX_EPOLLHUP |
			      LINUX_EPOLLWAKEUP | LINUX_EPOLLET | LINUX_EPOLLEXCLUSIVE;

	if (!(events & LINUX_EPOLLEXCLUSIVE))
		return 0;
	if (op == LINUX_EPOLL_CTL_MOD)
		return -EINVAL;
	return file_is_epoll(target) || events & ~permitted ? -EINVAL : 0;
}

int epoll_control(struct file *epoll, int op, int fd, struct file *target,
		  const struct linux_epoll_event *event)
{
	struct epoll *ep;
	struct item *i;
	int err;

	if (target->ops == NULL || target->ops->poll == NULL)
		return -EPERM;
	if (epoll == target || !file_is_epoll(epoll))
		return -EINVAL;
	err = event == NULL ? 0 : exclusive_check(op, target, event->events);
	if (err < 0)
		return err;
	ep = epoll->private;
	if (op == LINUX_EPOLL_CTL_ADD)
		return control_add(ep, fd, target, event);
	if (op != LINUX_EPOLL_CTL_DEL && op != LINUX_EPOLL_CTL_MOD)
		return -EINVAL;
	lock_acquire(&ep->lock);
	i = item_find(ep, target, fd);
	if (i == NULL)
		err = -ENOENT;
	else if (op == LINUX_EPOLL_CTL_DEL)
		item_destroy(i);
	else if (i->events & LINUX_EPOLLEXCLUSIVE)
		err = -EINVAL;
	else
		item_modify(i, event);
	lock_release(&ep->lock);
	return err;
}

/* --- waiting --- */

/* The user's streams: the host wakes us once for each look that found nothing. */
static void look_at_host(struct epoll *ep)
{
	struct item *i;

	if (atomic_load(&ep->host_count) == 0)
		return;
	for (u32 n = 0; n < ep->bucket_count; n++)
		list_for_each(i, &ep->buckets[n], link) {
			u32 now, uses, news;

			if (!i->host)
				continue;
			now = item_poll(i, &poll_again);
			uses = host_stream_uses(i->file);
			news = uses != i->host_uses ? now : now & ~i->host_seen;
			i->host_seen = now;
			i->host_uses = uses;
			if (i->events & LINUX_EPOLLET ? news != 0 : now != 0)
				ready_add(i);
		}
}

/* Report what is ready; level-triggered items stay on the list, behind the others. */
static u32 harvest(struct epoll *ep, struct linux_epoll_event *events, u32 max)
{
	struct list again = LIST_INIT(again);
	struct item *i, *next;
	u32 count = 0;

	lock_acquire(&ep->lock);
	look_at_host(ep);
	while (count < max && (i = ready_take(ep)) != NULL) {
		u32 now = atomic_load(&i->events) & ~PRIVATE_BITS ? item_poll(i, NULL) : 0;

		if (now == 0)
			continue;
		i->host_seen |= now;
		events[count++] = (struct linux_epoll_event){ .events = now, .data = i->data };
		if (i->events & LINUX_EPOLLONESHOT) {
			atomic_store(&i->events, i->events & PRIVATE_BITS);
		} else if (!(i->events & LINUX_EPOLLET)) {
			lock_acquire(&ep->ready_lock);
			if (!i->ready) {
				list_add_tail(&again, &i->ready_link);
				i->ready = true;
			}
			lock_release(&ep->ready_lock);
		}
	}
	lock_acquire(&ep->ready_lock);
	list_for_each_safe(i, next, &again, ready_link) {
		list_del(&i->ready_link);
		list_add_tail(&ep->ready, &i->ready_link);
	}
	lock_release(&ep->ready_lock);
	lock_release(&ep->lock);
	return count;
}

u32 epoll_count(const struct file *epoll)
{
	const struct epoll *ep = epoll->private;

	return MAX(atomic_load_relaxed(&ep->count), 1u);
}

s64 epoll_wait_events(struct file *epoll, struct linux_epoll_event *events, u32 max,
		      u64 deadline)
{
	struct epoll *ep = epoll->private;
	u32 count = harvest(ep, events, max);
	struct waiter *w;
	int err = 0;

	if (count != 0 || deadline == 0)
		return count;
	w = waiter_own();
	waitq_add(&ep->waiters, w, 0);
	for (;;) {
		u32 seq = thread_sleep_begin();

		count = harvest(ep, events, max);
		if (count != 0 || err == -ERESTARTSYS || plat_now() >= deadline)
			break;
		err = thread_sleep(seq, deadline, true);
	}
	waitq_remove(w);
	if (count != 0)
		return count;
	return err == -ERESTARTSYS ? -EINTR : 0;
}

/* --- a set as a file --- */

/* Readable when one of its items is; those on the list that are not are taken off. */
static u32 epoll_poll(struct file *f, struct poll_table *pt)
{
	struct epoll *ep = f->private;
	u32 ready = 0;
	struct item *i;

	poll_wait(pt, &ep->waiters);
	lock_acquire(&ep->lock);
	look_at_host(ep);
	while (ready == 0 && (i = ready_take(ep)) != NULL) {
		if (item_poll(i, NULL) != 0) {
			ready_add(i);
			ready = LINUX_POLLIN | LINUX_POLLRDNORM;
		}
	}
	lock_release(&ep->lock);
	return ready;
}

static void epoll_release(struct file *f)
{
	struct epoll *ep = f->private;
	struct item *i, *next;

	lock_acquire(&ep->lock);
	for (u32 n = 0; n < ep->bucket_count; n++)
		list_for_each_safe(i, next, &ep->buckets[n], link)
			item_destroy(i);
	lock_release(&ep->lock);
	epoll_put(ep);
}

/* Linux: noop_llseek. */
static s64 epoll_seek(UNUSED struct file *f, UNUSED s64 offset, UNUSED int whence)
{
	return 0;
}

static void epoll_info(struct file *f, struct seq *s)
{
	struct epoll *ep = f->private;
	struct item *i;

	lock_acquire(&ep->lock);
	for (u32 n = 0; n < ep->bucket_count; n++)
		list_for_each(i, &ep->buckets[n], link)
			seq_print(s, "tfd: %8d events: %8x data: %16lx  pos:%ld ino:%lx sdev:%x\n",
				  i->fd, i->events, (unsigned long)i->data,
				  (long)atomic_load(&i->file->pos),
				  (unsigned long)i->file->inode->ino,
				  DEV_MINOR(i->file->inode->sb->dev));
	lock_release(&ep->lock);
}

static const struct file_ops epoll_ops = {
	.info = epoll_info,
	.seek = epoll_seek,
	.poll = epoll_poll,
	.release = epoll_release,
};

int epoll_create(struct file **ret)
{
	struct epoll *ep = kzalloc(sizeof(*ep));
	int err = -ENOMEM;

	if (ep == NULL)
		return -ENOMEM;
	ep->buckets = buckets_alloc(BUCKETS_MIN);
	if (ep->buckets == NULL)
		goto free_set;
	ep->bucket_count = BUCKETS_MIN;
	lock_rank(&ep->lock, RANK_EPOLL);
	lock_rank(&ep->ready_lock, RANK_EPOLL_READY);
	ref_init(&ep->ref);
	list_init(&ep->ready);
	waitq_init(&ep->waiters);
	err = file_create_anon(&epoll_ops, ep, 0600, LINUX_O_RDWR, "anon_inode:[eventpoll]", ret);
	if (err == 0)
		return 0;
	kfree(ep->buckets);
free_set:
	kfree(ep);
	return err;
}

/* The set one of the file's items is in, counted, and the item's number there. */
static struct epoll *first_set(struct watch_list *w, int *ret_fd)
{
	struct epoll *ep = NULL;
	struct item *i;

	lock_acquire(&w->lock);
	if (!list_empty(&w->items)) {
		i = list_first(&w->items, struct item, file_link);
		ep = i->ep;
		*ret_fd = i->fd;
		ref_get(&ep->ref);
	}
	lock_release(&w->lock);
	return ep;
}

void epoll_file_gone(struct file *f)
{
	struct watch_list *w = f->watchers;
	struct epoll *ep;
	struct item *i;
	int fd = -1;

	while ((ep = first_set(w, &fd)) != NULL) {
		lock_acquire(&ep->lock);
		i = item_find(ep, f, fd); /* NULL: the set was closed just now */
		if (i != NULL)
			item_destroy(i);
		lock_release(&ep->lock);
		epoll_put(ep);
	}
	f->watchers = NULL;
	watch_put(w);
}
