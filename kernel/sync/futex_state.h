/* What a thread waiting on a futex leaves in the shared heap. */
#ifndef NACRE_KERNEL_SYNC_FUTEX_STATE_H
#define NACRE_KERNEL_SYNC_FUTEX_STATE_H

#include "lib/list.h"
#include "lib/types.h"

struct futex_bucket;
struct thread;

/* Identity of a futex word: who owns the memory, and where in it. */
struct futex_key {
	u64 object;
	u64 offset; /* address or object offset; the low bits tell the kinds apart */
};

enum futex_wait_kind {
	FUTEX_WAITER_PLAIN = 0,
	FUTEX_WAITER_PI,         /* waits to own the word */
	FUTEX_WAITER_REQUEUE_PI, /* waits plainly, to be moved to a PI word */
};

/* Legend: b the bucket's lock, o the waiting thread (before queueing). */
struct futex_waiter {
	struct list link;            /* b */
	struct futex_bucket *bucket; /* a: where it is queued; NULL: woken or not waiting */
	struct thread *thread;       /* o */
	struct futex_key key;        /* b */
	u32 bitset;                  /* o */
	u8 kind;                     /* b: enum futex_wait_kind */
	bool granted;                /* b: PI: the word is ours now */
	bool owner_died;             /* b: PI: ... inherited from a dead owner */
	struct futex_key pi_key;     /* o: REQUEUE_PI: where it may be moved to */
	s32 owner_tid;               /* b: PI: who owned the word when the wait began */
};

#endif
