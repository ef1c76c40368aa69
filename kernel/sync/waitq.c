/* Wait queues and sleeping. See waitq.h. */
#include "kernel/sync/waitq.h"

#include "abi/errno.h"
#include "kernel/locks.h"
#include "kernel/task/task.h"
#include "kernel/task/title.h"
#include "platform/plat.h"

void waitq_init(struct waitq *q)
{
	q->lock = (struct lock){ 0 };
	lock_rank(&q->lock, RANK_WAITQ);
	list_init(&q->waiters);
}

void waitq_init_io(struct waitq *q)
{
	waitq_init(q);
	lock_rank(&q->lock, RANK_WAITQ_IO);
}

void waiter_init(struct waiter *w)
{
	*w = (struct waiter){ .thread = current() };
	list_init(&w->link);
}

struct waiter *waiter_own(void)
{
	struct waiter *w = &current()->waiter;

	waiter_init(w);
	return w;
}

void waitq_add(struct waitq *q, struct waiter *w, u32 flags)
{
	w->flags = flags;
	w->queue = q;
	lock_acquire(&q->lock);
	/* Exclusive waiters queue behind all others, so the others are always woken. */
	if (flags & WAITER_EXCLUSIVE)
		list_add_tail(&q->waiters, &w->link);
	else
		list_add(&q->waiters, &w->link);
	lock_release(&q->lock);
}

void waitq_remove(struct waiter *w)
{
	struct waitq *q = w->queue;

	if (q == NULL)
		return;
	lock_acquire(&q->lock);
	list_del(&w->link);
	lock_release(&q->lock);
	w->queue = NULL;
}

/*
 * Whom a queue's lock is held for is not woken before it is released: the host would run him at
 * once on another processor, only for him to sleep again on that lock. Held back are addresses,
 * which need no reference: a word that is something else by then gets a wake-up too many, which
 * every sleeper on a word of the heap stands.
 */
static void wakes_hold(void)
{
	current()->wakes.depth++;
}

static void wakes_let_go(void)
{
	struct held_wakes *held = &current()->wakes;

	if (--held->depth != 0)
		return;
	while (held->count != 0)
		plat_wake(held->words[--held->count], 1);
}

void waitq_wake(struct waitq *q, u32 count, u64 key)
{
	struct waiter *w, *next;

	/* Nobody waits: the usual case. A waiter tests its condition after queueing itself. */
	atomic_fence();
	if (list_empty(&q->waiters))
		return;
	wakes_hold();
	lock_acquire(&q->lock);
	list_for_each_safe(w, next, &q->waiters, link) {
		bool used = true;
		bool exclusive = w->flags & WAITER_EXCLUSIVE;

		if (w->fn != NULL)
			used = w->fn(w, key);
		else
			thread_wake(w->thread);
		if (exclusive && used && --count == 0)
			break;
	}
	lock_release(&q->lock);
	wakes_let_go();
}

u32 thread_sleep_begin(void)
{
	return atomic_load(&current()->wake_word);
}

int thread_sleep(u32 seq, u64 deadline, bool interruptible)
{
	struct thread *t = current();
	int err;

	if (interruptible && signal_pending())
		return -ERESTARTSYS;
	lock_debug_wait();
	title_check();
	atomic_store_relaxed(&t->sleep_seq, seq);
	atomic_xchg(&t->sleeping, 1);
	err = plat_wait(&t->wake_word, seq, deadline);
	atomic_store(&t->sleeping, 0);
	if (interruptible && signal_pending())
		return -ERESTARTSYS;
	return err == -ETIMEDOUT ? -ETIMEDOUT : 0;
}

void thread_wake(struct thread *t)
{
	struct held_wakes *held = &current()->wakes;

	atomic_add(&t->wake_word, 1);
	if (!atomic_load(&t->sleeping))
		return;
	if (held->depth != 0 && held->count < HELD_WAKES)
		held->words[held->count++] = &t->wake_word;
	else
		plat_wake(&t->wake_word, 1);
}
