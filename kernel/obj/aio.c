/*
 * Contexts of asynchronous input and output. See aio.h.
 *
 * OVERVIEW. A ring of events in the kernel's heap. A place in it is reserved before a
 * request is begun, so that its completion always finds room.
 *
 * A request that waits for a file's readiness hangs on the file's queues. A wake-up marks it
 * and the context; whoever asks for events, who alone can tell, looks what became of it.
 *
 * LOCKING. mm->lock covers the list of an address space, aio_context.lock the ring, poll_lock
 * the waiting requests.
 *
 * LINUX BEHAVIOUR. fs/aio.c. The page at the context's address does not carry the mark that
 * invites programs to read events from it themselves: they all come by io_getevents.
 */
#include "kernel/obj/aio.h"

#include "abi/errno.h"
#include "abi/linux/poll.h"
#include "kernel/fs/host/host.h"
#include "kernel/locks.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/mm.h"
#include "kernel/task/table.h"
#include "kernel/vfs/hooks.h"

#define EVENTS_MIN 64u

/* Waits for readiness; in the context's list. */
struct aio_wait {
	struct list link;        /* poll_lock */
	struct file *file;       /* I, referenced */
	struct file_hook *hooks; /* poll_lock */
	struct aio_context *ctx; /* I: outlives it */
	struct linux_io_event event;
	u32 events;              /* I */
	u32 woken;               /* a: what wake-ups told */
};

struct aio_context {
	struct ref ref;
	struct aio_context *next; /* mm->lock */
	uaddr_t id; /* I */
	u32 capacity, charge; /* I; a power of two is not needed */
	struct lock lock;
	u32 head, count, reserved; /* lock; count is read atomically */
	bool dead; /* a */
	struct waitq ready;
	struct lock poll_lock;
	struct list waits; /* poll_lock: of aio_wait.link */
	bool woken;        /* a: some of them was */
	struct linux_io_event events[];
};

void aio_put(struct aio_context *c)
{
	if (c == NULL || !ref_put(&c->ref))
		return;
	atomic_sub(&sandbox->aio_events, c->charge);
	kfree(c);
}

static int charge(u32 count)
{
	u32 used = atomic_load(&sandbox->aio_events);

	do {
		if (used > AIO_MAX_NR - count)
			return -EAGAIN;
	} while (!atomic_cas(&sandbox->aio_events, &used, used + count));
	return 0;
}

int aio_create(u32 count, uaddr_t *ret_id)
{
	struct mm *mm = current()->process->mm;
	u32 capacity = MAX(count, EVENTS_MIN) * 2;
	struct aio_context *c;
	s64 page;
	int err = count > AIO_MAX_NR ? -EAGAIN : charge(count);

	if (err < 0)
		return err;
	c = kzalloc(sizeof(*c) + capacity * sizeof(struct linux_io_event));
	page = c == NULL ? -ENOMEM :
			   mm_map(0, PAGE_SIZE, LINUX_PROT_READ | LINUX_PROT_WRITE,
				  LINUX_MAP_PRIVATE | LINUX_MAP_ANONYMOUS, NULL, 0);
	if (page < 0) {
		atomic_sub(&sandbox->aio_events, count);
		kfree(c);
		return (int)page;
	}
	c->id = (uaddr_t)page;
	c->capacity = capacity;
	c->charge = count;
	lock_rank(&c->lock, RANK_AIO);
	lock_rank(&c->poll_lock, RANK_AIO_POLL);
	list_init(&c->waits);
	waitq_init(&c->ready);
	ref_init(&c->ref);
	lock_acquire(&mm->lock);
	c->next = mm->aio;
	mm->aio = c;
	lock_release(&mm->lock);
	*ret_id = c->id;
	return 0;
}

struct aio_context *aio_get(uaddr_t id)
{
	struct mm *mm = current()->process->mm;
	struct aio_context *c;

	lock_acquire(&mm->lock);
	for (c = mm->aio; c != NULL && c->id != id; c = c->next)
		;
	if (c != NULL)
		ref_get(&c->ref);
	lock_release(&mm->lock);
	return c;
}

/* It is in no list and nobody's but the caller's. */
static void wait_free(struct aio_wait *w)
{
	file_hooks_remove(&w->hooks);
	file_put(w->file);
	kfree(w);
}

static void end(struct aio_context *c)
{
	struct aio_wait *w = NULL;

	lock_acquire(&c->poll_lock);
	atomic_store(&c->dead, true);
	lock_release(&c->poll_lock);
	do {
		lock_acquire(&c->poll_lock);
		w = list_empty(&c->waits) ? NULL : list_first(&c->waits, struct aio_wait, link);
		if (w != NULL)
			list_del(&w->link);
		lock_release(&c->poll_lock);
		if (w != NULL)
			wait_free(w);
	} while (w != NULL);
	waitq_wake_all(&c->ready);
	aio_put(c);
}

int aio_destroy(uaddr_t id)
{
	struct mm *mm = current()->process->mm;
	struct aio_context **link, *c;

	lock_acquire(&mm->lock);
	for (link = &mm->aio; *link != NULL && (*link)->id != id; link = &(*link)->next)
		;
	c = *link;
	if (c != NULL)
		*link = c->next;
	lock_release(&mm->lock);
	if (c == NULL)
		return -EINVAL;
	end(c);
	return mm_unmap(id, PAGE_SIZE);
}

void aio_end(struct mm *mm)
{
	while (mm->aio != NULL) {
		struct aio_context *c = mm->aio;

		mm->aio = c->next;
		end(c);
	}
}

/* --- events --- */

int aio_reserve(struct aio_context *c)
{
	int err = -EAGAIN;

	lock_acquire(&c->lock);
	if (c->count + c->reserved < c->capacity) {
		c->reserved++;
		err = 0;
	}
	lock_release(&c->lock);
	return err;
}

void aio_unreserve(struct aio_context *c)
{
	lock_acquire(&c->lock);
	c->reserved--;
	lock_release(&c->lock);
}

void aio_complete(struct aio_context *c, const struct linux_io_event *e)
{
	lock_acquire(&c->lock);
	c->events[(c->head + c->count) % c->capacity] = *e;
	c->reserved--;
	atomic_store(&c->count, c->count + 1);
	lock_release(&c->lock);
	waitq_wake_all(&c->ready);
}

/* --- requests that wait for readiness --- */

#define ALWAYS ((u32)(LINUX_POLLERR | LINUX_POLLHUP))

/* The queue's lock is held. A wake-up that does not say what it is about: look. */
static bool wait_woken(struct waiter *waiter, u64 key)
{
	struct aio_wait *w = hook_owner(waiter);

	if (!((u32)key & w->events))
		return false;
	atomic_or(&w->woken, key == ~(u64)0 ? ~0u : (u32)key & w->events);
	atomic_store(&w->ctx->woken, true);
	waitq_wake_all(&w->ctx->ready);
	return false;
}

static void wait_complete(struct aio_wait *w, u32 ready)
{
	w->event.res = ready;
	aio_complete(w->ctx, &w->event);
	wait_free(w);
}

int aio_poll(struct aio_context *c, struct file *f, u32 events, const struct linux_io_event *e)
{
	struct aio_wait *w = kzalloc(sizeof(*w));
	plat_fd_t host_fd;
	u32 ready = 0;
	int err = 0;

	if (w == NULL)
		return -ENOMEM;
	*w = (struct aio_wait){
		.file = file_get(f), .ctx = c, .event = *e, .events = events | ALWAYS
	};
	list_init(&w->link);
	lock_acquire(&c->poll_lock);
	if (atomic_load(&c->dead) || host_stream_fd(f, &host_fd))
		err = -EINVAL;
	if (err == 0)
		err = file_hooks_add(f, w, wait_woken, 0, &w->hooks, &ready);
	ready &= w->events;
	if (err == 0 && ready == 0 && w->hooks == NULL)
		err = -EINVAL; /* nobody will ever tell */
	if (err == 0 && ready == 0)
		list_add_tail(&c->waits, &w->link);
	lock_release(&c->poll_lock);
	if (err < 0)
		wait_free(w);
	else if (ready != 0)
		wait_complete(w, ready);
	return err;
}

int aio_cancel(struct aio_context *c, u64 obj)
{
	struct aio_wait *w, *found = NULL;

	lock_acquire(&c->poll_lock);
	list_for_each(w, &c->waits, link)
		if (w->event.obj == obj) {
			found = w;
			list_del(&w->link);
			break;
		}
	lock_release(&c->poll_lock);
	if (found == NULL)
		return -EINVAL;
	wait_complete(found, 0);
	return 0;
}

/* One that is woken and has what it waited for, out of the list. */
static struct aio_wait *wait_take_ready(struct aio_context *c, u32 *ret_ready)
{
	struct aio_wait *w;

	list_for_each(w, &c->waits, link) {
		u32 told = atomic_xchg(&w->woken, 0);

		if (told == 0)
			continue;
		*ret_ready = told == ~0u ? file_poll(w->file, NULL) & w->events : told;
		if (*ret_ready == 0)
			continue;
		list_del(&w->link);
		return w;
	}
	return NULL;
}

/* Complete what wake-ups were about. */
static void waits_look(struct aio_context *c)
{
	struct aio_wait *w;
	u32 ready = 0;

	if (!atomic_load(&c->woken))
		return;
	atomic_store(&c->woken, false);
	do {
		lock_acquire(&c->poll_lock);
		w = wait_take_ready(c, &ready);
		lock_release(&c->poll_lock);
		if (w != NULL)
			wait_complete(w, ready);
	} while (w != NULL);
}

u32 aio_take(struct aio_context *c, struct linux_io_event *to, u32 max)
{
	u32 n = 0;

	waits_look(c);
	lock_acquire(&c->lock);
	while (n < max && c->count != 0) {
		to[n++] = c->events[c->head];
		c->head = (c->head + 1) % c->capacity;
		atomic_store(&c->count, c->count - 1);
	}
	/* There is room for them again until they are delivered. */
	c->reserved += n;
	lock_release(&c->lock);
	return n;
}

void aio_untake(struct aio_context *c, const struct linux_io_event *from, u32 count)
{
	lock_acquire(&c->lock);
	while (count-- != 0) {
		c->head = (c->head + c->capacity - 1) % c->capacity;
		c->events[c->head] = from[count];
		c->reserved--;
		atomic_store(&c->count, c->count + 1);
	}
	lock_release(&c->lock);
	waitq_wake_all(&c->ready);
}

void aio_taken(struct aio_context *c, u32 count)
{
	lock_acquire(&c->lock);
	c->reserved -= count;
	lock_release(&c->lock);
}

int aio_wait(struct aio_context *c, u64 deadline)
{
	int err = WAIT_EVENT(&c->ready, deadline,
			     atomic_load(&c->count) != 0 || atomic_load(&c->woken) ||
				     atomic_load(&c->dead));

	return err == 0 && atomic_load(&c->dead) ? -EINVAL : err;
}
