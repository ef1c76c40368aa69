/* Futexes: waiting for a change of a 32-bit word of guest memory. */
#ifndef NACRE_KERNEL_SYNC_FUTEX_H
#define NACRE_KERNEL_SYNC_FUTEX_H

#include "kernel/sync/futex_state.h"
#include "kernel/sync/lock.h"
#include "kernel/task/task.h"

/* Once, in the first process, before any other. */
MUST_USE int futex_init(void);

/*
 * The calling thread ends (or execs): held robust futexes are marked, PI futexes handed on,
 * clear_child_tid written and woken. The guest's memory is still there.
 */
void futex_thread_exit(struct thread *t);

/* The operations, with kernel deadlines (CLOCK_MONOTONIC ns or NO_DEADLINE). */
#define FUTEX_SHARED 1u /* flags: the key may be an object's */

s64 futex_wait(uaddr_t addr, u32 flags, u32 value, u64 deadline, u32 bitset);
s64 futex_wake(uaddr_t addr, u32 flags, s32 count, u32 bitset);
/* cmp: NULL: no comparison. */
s64 futex_requeue(uaddr_t addr1, u32 flags1, uaddr_t addr2, u32 flags2, s32 wake, s32 requeue,
		  const u32 *cmp);
s64 futex_wake_op(uaddr_t addr1, u32 flags, uaddr_t addr2, s32 wake, s32 wake2, u32 op);
s64 futex_lock_pi(uaddr_t addr, u32 flags, u64 deadline, bool try_only);
s64 futex_unlock_pi(uaddr_t addr, u32 flags);
s64 futex_wait_requeue_pi(uaddr_t addr, u32 flags, u32 value, u64 deadline, u32 bitset,
			  uaddr_t addr2);
s64 futex_cmp_requeue_pi(uaddr_t addr1, u32 flags, uaddr_t addr2, s32 wake, s32 requeue, u32 cmp);

/* futex_waitv: one of several. */
struct futex_wait_spec {
	uaddr_t addr;
	u32 flags;
	u32 value;
};

/* The index of the one that was woken, or an error. */
s64 futex_wait_many(const struct futex_wait_spec *specs, u32 count, u64 deadline);

/* --- shared by futex.c and futex_pi.c --- */

struct futex_bucket {
	struct lock lock;
	u32 count;           /* a: waiters, and threads about to look whether they must wait */
	struct list waiters; /* of futex_waiter.link, in order of arrival */
};

/* 0, -EINVAL (misaligned), -EFAULT. */
MUST_USE int futex_key_get(uaddr_t addr, u32 flags, struct futex_key *ret);
static inline bool futex_key_equal(const struct futex_key *a, const struct futex_key *b)
{
	return a->object == b->object && a->offset == b->offset;
}
struct futex_bucket *futex_bucket_of(const struct futex_key *key);
struct futex_bucket *futex_bucket_at(u32 index); /* NULL past the last */
u32 *futex_pi_waiters(void); /* a: how many wait for PI futexes in the sandbox */
/* What makes `waiters` ready, too: lists are looked at with a bucket's lock taken like this. */
void futex_lock(struct futex_bucket *b);
void futex_lock_two(struct futex_bucket *a, struct futex_bucket *b);
void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b);
/*
 * Lock a bucket to look at a word and perhaps wait: announces the waiter before the word is
 * read, so that a waker that changed the word and sees no count has nobody to wake.
 */
void futex_enter(struct futex_bucket *b);
void futex_leave(struct futex_bucket *b);
void futex_enqueue_locked(struct futex_bucket *b, struct futex_waiter *w);
void futex_unlink_locked(struct futex_waiter *w);
void futex_move_locked(struct futex_waiter *w, struct futex_bucket *to);
void futex_waiter_prepare(struct futex_waiter *w, const struct futex_key *key, u32 bitset);
/* Queue w if the word at addr has the value. 0, -EAGAIN: it has not, -EFAULT. */
MUST_USE int futex_wait_setup(struct futex_waiter *w, uaddr_t addr, u32 value);
/* Off its queue whatever that is now; false: a waker had taken it off. */
bool futex_dequeue(struct futex_waiter *w);

/* Threads to wake when the locks are released. */
#define FUTEX_BATCH 32

struct futex_wakes {
	u32 count;
	struct thread *threads[FUTEX_BATCH];
};

/* Take w off its queue; its thread goes to wakes (or is woken here when that is full). */
void futex_release_locked(struct futex_waiter *w, struct futex_wakes *wakes);
void futex_wakes_send(struct futex_wakes *wakes);
/* A word at addr that a fault in a locked section kept us from reading: make it readable. */
MUST_USE int futex_fault_in(uaddr_t addr);
/* The same for writing. */
MUST_USE int futex_fault_in_write(uaddr_t addr);
/* futex_pi.c */
void futex_pi_owner_died(struct thread *t);

#endif
