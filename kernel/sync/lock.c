/* Sleeping locks for memory shared by processes. See lock.h. */
#include "kernel/sync/lock.h"

#include "kernel/sync/waitq.h"
#include "kernel/task/task.h"
#include "platform/plat.h"

#define SPINS 100

static u32 own_id(void)
{
	const struct thread *t = current();

	/* Kernel helper threads and the reaper have tid 0: any number of theirs will do. */
	return t == NULL || t->tid == 0 ? 0x7fffffffu : (u32)t->tid;
}

bool lock_try(struct lock *l)
{
	u32 free = 0;

	if (!atomic_cas(&l->word, &free, own_id()))
		return false;
	lock_debug_taken(l);
	return true;
}

static void acquire(struct lock *l)
{
	u32 id = own_id();

	for (int i = 0; i < SPINS; i++) {
		u32 seen = 0;

		if (atomic_cas(&l->word, &seen, id))
			return;
		if (seen & LOCK_WAITERS)
			break;
		cpu_relax();
	}
	/* Once here we may not be the only sleeper, so the bit stays with the lock we take. */
	for (;;) {
		u32 seen = atomic_load(&l->word);

		if (seen == 0) {
			if (atomic_cas(&l->word, &seen, id | LOCK_WAITERS))
				return;
			continue;
		}
		if (!(seen & LOCK_WAITERS) && !atomic_cas(&l->word, &seen, seen | LOCK_WAITERS))
			continue;
		plat_wait(&l->word, seen | LOCK_WAITERS, NO_DEADLINE);
	}
}

void lock_acquire(struct lock *l)
{
	lock_debug_order(l);
	acquire(l);
	lock_debug_taken(l);
}

void lock_release(struct lock *l)
{
	lock_debug_released(l);
	if (atomic_xchg(&l->word, 0) & LOCK_WAITERS)
		plat_wake(&l->word, 1);
}

bool lock_held(const struct lock *l)
{
	return (atomic_load(&l->word) & ~LOCK_WAITERS) == own_id();
}
