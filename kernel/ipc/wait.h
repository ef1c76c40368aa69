/*
 * Waiting for what somebody else does on one's behalf.
 *
 * OVERVIEW. Who cannot go on queues a struct ipc_waiter at the object, under its lock. Who
 * brings what is waited for takes the waiter off, under that lock, and hands it the result
 * when the lock is released: so the two never meet at the lock.
 *
 * LIFETIME. The waiter is its thread's, in the shared heap. Between taking and handing over
 * the waker holds the thread, and the thread does not leave.
 */
#ifndef NACRE_KERNEL_IPC_WAIT_H
#define NACRE_KERNEL_IPC_WAIT_H

#include "kernel/sync/lock.h"
#include "lib/list.h"

struct thread;

#define IPC_WAITING 1 /* ipc_waiter.status; results are 0 or -Exxx */

/* o: the object's lock. */
struct ipc_waiter {
	struct list link;        /* o: in the object's queue */
	struct ipc_waiter *next; /* the waker's, once it is taken */
	struct thread *thread;   /* I */
	bool taken;              /* o */
	int result;              /* o: set by who takes it */
	int status;              /* a: IPC_WAITING, then the result */
};

/* Those that were taken and will be woken. */
struct ipc_wakes {
	struct ipc_waiter *first, *last;
};

void ipc_waiter_init(struct ipc_waiter *w);
/* Take w off its queue; the lock is held. What comes with the result is stored before. */
void ipc_take(struct ipc_wakes *wakes, struct ipc_waiter *w, int result);
/* Hand the results over; no lock is held. */
void ipc_wake(struct ipc_wakes *wakes);
/*
 * Sleep until w, which is queued under *lock, has its result. -ERESTARTSYS, -ETIMEDOUT: it
 * was taken off the queue by us. deadline: CLOCK_MONOTONIC ns or NO_DEADLINE.
 */
MUST_USE int ipc_wait(struct ipc_waiter *w, struct lock *lock, u64 deadline);

#endif
