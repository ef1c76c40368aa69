/* Wait queues and sleeping. See waitq.h. */
#include "kernel/sync/waitq.h"

#include "abi/errno.h"
#include "kernel/locks.h"
#include "kernel/task/task.h"
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

void waitq_wake(struct waitq *q, u32 count, u64 key)
{
	struct waiter *w, *next;

	/* Nobody waits: the usual case. A waiter tests its condition after queueing itself. */
	atomic_fence();
	if (list_empty(&q->waiters))
		return;
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
	atomic_xchg(&t->sleeping, 1);
	err = plat_wait(&t->wake_word, seq, deadline);
	atomic_store(&t->sleeping, 0);
	if (interruptible && signal_pending())
		return -ERESTARTSYS;
	return err == -ETIMEDOUT ? -ETIMEDOUT : 0;
}

void thread_wake(struct thread *t)
{
	atomic_add(&t->wake_word, 1);
	if (atomic_load(&t->sleeping))
		plat_wake(&t->wake_word, 1);
}
