/*
 * Contexts of asynchronous input and output. See aio.h.
 *
 * OVERVIEW. A ring of events in the kernel's heap. A place in it is reserved before a
 * request is begun, so that its completion always finds room.
 *
 * LOCKING. mm->lock covers the list of an address space, aio_context.lock the ring.
 *
 * LINUX BEHAVIOUR. fs/aio.c. The page at the context's address does not carry the mark that
 * invites programs to read events from it themselves: they all come by io_getevents.
 */
#include "kernel/obj/aio.h"

#include "abi/errno.h"
#include "kernel/locks.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/mm.h"
#include "kernel/task/table.h"

#define EVENTS_MIN 64u

struct aio_context {
	struct ref ref;
	struct aio_context *next; /* mm->lock */
	uaddr_t id; /* I */
	u32 capacity, charge; /* I; a power of two is not needed */
	struct lock lock;
	u32 head, count, reserved; /* lock; count is read atomically */
	bool dead; /* a */
	struct waitq ready;
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

static void end(struct aio_context *c)
{
	atomic_store(&c->dead, true);
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

u32 aio_take(struct aio_context *c, struct linux_io_event *to, u32 max)
{
	u32 n = 0;

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
			     atomic_load(&c->count) != 0 || atomic_load(&c->dead));

	return err == 0 && atomic_load(&c->dead) ? -EINVAL : err;
}
