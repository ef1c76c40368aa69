/*
 * Checks of the order of locks and of what may be done while holding them, for DEBUG=1. See
 * kernel/locks.h. How many locks of each rank a thread holds is counted at the top of its
 * kernel stack, which is private memory: after a fork both sides have a count of their own.
 */
#include "kernel/locks.h"

#ifdef NACRE_DEBUG

#include "kernel/task/task.h"
#include "lib/panic.h"
#include "lib/string.h"

enum { SAME = 1, COPY = 2, ASK = 4, WAIT = 8 };

static const struct {
	const char *name;
	u32 flags;
} ranks[] = {
	[RANK_NONE] = { "of no rank", SAME | COPY | ASK | WAIT },
#define LOCK_RANK(name, flags, covers) [RANK_##name] = { #name, flags },
	LOCK_RANKS
#undef LOCK_RANK
};

static_assert(ARRAY_SIZE(ranks) <= sizeof(((struct kstack_top *)0)->locks_held),
	      "a rank has no place to be counted");

/* NULL: too early, or a thread of the kernel's own. */
static u8 *counts(void)
{
	struct thread *t = current();

	return t != NULL && t->tid != 0 ? ((struct kstack_top *)t->kstack)->locks_held : NULL;
}

static NORETURN void violation(u8 *held, const char *what, u32 under)
{
	memset(held, 0, ARRAY_SIZE(ranks)); /* the panic takes locks, too */
	panic("%s with lock %s held", what, ranks[under].name);
}

/* Before one may have to be waited for. */
void lock_debug_order(const struct lock *l)
{
	u8 *held = counts();

	if (held == NULL || l->rank == RANK_NONE)
		return;
	for (u32 r = l->rank + !!(ranks[l->rank].flags & SAME); r < ARRAY_SIZE(ranks); r++)
		if (held[r] != 0)
			violation(held, ranks[l->rank].name, r);
}

void lock_debug_taken(const struct lock *l)
{
	u8 *held = counts();

	if (held != NULL)
		held[l->rank]++;
}

/* Not counted: taken before a fork, or before the thread was there. */
void lock_debug_released(const struct lock *l)
{
	u8 *held = counts();

	if (held != NULL && held[l->rank] != 0)
		held[l->rank]--;
}

static void check(u32 allowed, const char *what)
{
	u8 *held = counts();

	for (u32 r = 0; held != NULL && r < ARRAY_SIZE(ranks); r++)
		if (held[r] != 0 && !(ranks[r].flags & allowed))
			violation(held, what, r);
}

void lock_debug_copy(void)
{
	check(COPY, "copying");
}

void lock_debug_ask(void)
{
	/* What is copied may be a page that has to be asked for first: mm_fault(). */
	check(ASK | COPY, "asking the broker");
}

void lock_debug_wait(void)
{
	check(WAIT, "waiting");
}

#endif
