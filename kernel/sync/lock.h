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
};

#define LOCK_WAITERS 0x80000000u

void lock_acquire(struct lock *l);
MUST_USE bool lock_try(struct lock *l);
void lock_release(struct lock *l);
bool lock_held(const struct lock *l);

#endif
