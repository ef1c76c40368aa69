/*
 * Wait queues: where threads sleep until an object changes.
 *
 * A sleeping thread waits on its own word in the shared heap, so a waker needs no host
 * rights over it and one thread may sit in many queues at once (poll). Lost wake-ups are
 * impossible: thread_sleep_begin() samples the word before the condition is tested, every
 * wake-up (waitq_wake, signals, kicks) changes it.
 *
 * Kernel stacks are private memory of each process, queues are shared: a struct waiter must
 * lie in the shared heap (kzalloc, or waiter_own() for a thread's single wait), never on the
 * stack.
 */
#ifndef NACRE_KERNEL_SYNC_WAITQ_H
#define NACRE_KERNEL_SYNC_WAITQ_H

#include "kernel/sync/lock.h"
#include "lib/list.h"

struct thread;
struct waiter;

struct waitq {
	struct lock lock;
	struct list waiters; /* of struct waiter.link, under lock */
};

#define WAITER_EXCLUSIVE 1u /* waitq_wake(q, n) counts only these */

/*
 * Called under the queue's lock when the queue is woken. Returns true when the wake-up was
 * used (counts towards n). The default, when NULL, wakes waiter->thread.
 */
typedef bool (*waiter_fn)(struct waiter *w, u64 key);

struct waiter {
	struct list link;
	struct waitq *queue;    /* NULL when not queued */
	struct thread *thread;
	waiter_fn fn;
	u32 flags;
};

/* Wake-ups a thread gives once it has released the queue's lock; see waitq_wake(). */
#define HELD_WAKES 8
struct held_wakes {
	u32 depth; /* waitq_wake() calls under way: a waiter's fn may wake another queue */
	u32 count;
	u32 *words[HELD_WAKES];
};

#define NO_DEADLINE (~(u64)0)

void waitq_init(struct waitq *q);
/* One that O_ASYNC may hang on (file_ops.async): its wake-ups may send signals. */
void waitq_init_io(struct waitq *q);
void waitq_add(struct waitq *q, struct waiter *w, u32 flags);
void waitq_remove(struct waiter *w);
/* Wake all non-exclusive waiters and up to count exclusive ones. key goes to waiter.fn. */
void waitq_wake(struct waitq *q, u32 count, u64 key);
static inline void waitq_wake_all(struct waitq *q)
{
	waitq_wake(q, ~0u, ~(u64)0);
}

/* w must be in the shared heap. */
void waiter_init(struct waiter *w);
/* The calling thread's own waiter, initialised: for one wait at a time (WAIT_EVENT). */
struct waiter *waiter_own(void);

/* The value thread_sleep() must be given; take it before testing the condition. */
u32 thread_sleep_begin(void);
/*
 * Sleep unless something happened since seq was taken. 0 woken or changed, -ETIMEDOUT,
 * -ERESTARTSYS a signal is to be delivered (interruptible only). deadline: CLOCK_MONOTONIC
 * ns or NO_DEADLINE.
 */
MUST_USE int thread_sleep(u32 seq, u64 deadline, bool interruptible);
void thread_wake(struct thread *t);

/*
 * Sleep until cond is true. Value: 0, -ETIMEDOUT or -ERESTARTSYS; cond is tested last, so a
 * true cond wins. cond may take and release locks; none may be held around the macro.
 */
#define WAIT_EVENT(q, deadline, cond)                                             \
	({                                                                        \
		struct waiter *waiter_ = waiter_own();                            \
		int result_ = 0;                                                  \
		waitq_add(q, waiter_, 0);                                         \
		for (;;) {                                                        \
			u32 seq_ = thread_sleep_begin();                          \
			if (cond) {                                               \
				result_ = 0;                                      \
				break;                                            \
			}                                                         \
			if (result_ < 0)                                          \
				break;                                            \
			result_ = thread_sleep(seq_, deadline, true);             \
		}                                                                 \
		waitq_remove(waiter_);                                            \
		result_;                                                          \
	})

#endif
