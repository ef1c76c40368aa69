/* Sleeping locks for memory shared by processes, spin-then-wait, with the owner recorded. */
#ifndef NACRE_KERNEL_SYNC_LOCK_H
#define NACRE_KERNEL_SYNC_LOCK_H

#include "lib/atomic.h"
#include "lib/types.h"

/*
 * word: 0 free, otherwise the owner's tid, with LOCK_WAITERS set when somebody sleeps.
 * A zero-filled lock is a free lock. Not recursive. Order: kernel/locks.h.
 */
struct lock {
	u32 word;
#ifdef NACRE_DEBUG
	u32 rank; /* enum lock_rank of kernel/locks.h */
#endif
};

#define LOCK_WAITERS 0x80000000u

void lock_acquire(struct lock *l);
MUST_USE bool lock_try(struct lock *l);
void lock_release(struct lock *l);
bool lock_held(const struct lock *l);

/* lock_debug.c: the order, and what must not be done with a lock held. */
#ifdef NACRE_DEBUG
void lock_debug_order(const struct lock *l);
void lock_debug_taken(const struct lock *l);
void lock_debug_released(const struct lock *l);
void lock_debug_copy(void);
void lock_debug_ask(void);
void lock_debug_wait(void);
#else
#define lock_debug_order(l) ((void)0)
#define lock_debug_taken(l) ((void)0)
#define lock_debug_released(l) ((void)0)
#define lock_debug_copy() ((void)0)
#define lock_debug_ask() ((void)0)
#define lock_debug_wait() ((void)0)
#endif

#endif
