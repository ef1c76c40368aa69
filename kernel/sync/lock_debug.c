/*
 * Checks of the order of locks and of what may be done while holding them, for DEBUG=1. See
 * kernel/locks.h. Each thread keeps a list of what it holds.
 */
#include "kernel/locks.h"

#ifdef NACRE_DEBUG

#include "kernel/task/task.h"
#include "lib/panic.h"

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

/* NULL: too early, or a thread of the kernel's own. */
static struct lock_trail *trail(void)
{
	struct thread *t = current();

	return t != NULL && t->tid != 0 ? &t->locks : NULL;
}

/* Before one may have to be waited for. */
void lock_debug_order(const struct lock *l)
{
	struct lock_trail *held = trail();

	for (u32 i = 0; held != NULL && i < held->count && l->rank != RANK_NONE; i++) {
		u32 rank = held->held[i]->rank;

		if (rank > l->rank || (rank == l->rank && !(ranks[rank].flags & SAME))) {
			held->count = 0; /* the panic takes locks, too */
			panic("lock %s taken under %s", ranks[l->rank].name, ranks[rank].name);
		}
	}
}

void lock_debug_taken(const struct lock *l)
{
	struct lock_trail *held = trail();

	if (held == NULL)
		return;
	if (held->count == ARRAY_SIZE(held->held))
		panic("too many locks are held");
	held->held[held->count++] = l;
}

/* Not found: taken before a fork, or before the thread was there. */
void lock_debug_released(const struct lock *l)
{
	struct lock_trail *held = trail();

	for (u32 i = held != NULL ? held->count : 0; i-- > 0;) {
		if (held->held[i] != l)
			continue;
		for (held->count--; i < held->count; i++)
			held->held[i] = held->held[i + 1];
		return;
	}
}

static void check(u32 allowed, const char *what)
{
	struct lock_trail *held = trail();

	for (u32 i = 0; held != NULL && i < held->count; i++) {
		u32 rank = held->held[i]->rank;

		if (!(ranks[rank].flags & allowed)) {
			held->count = 0;
			panic("lock %s held over %s", ranks[rank].name, what);
		}
	}
}

void lock_debug_copy(void)
{
	check(COPY, "a copy");
}

void lock_debug_ask(void)
{
	check(ASK, "a request to the broker");
}

void lock_debug_wait(void)
{
	check(WAIT, "a wait");
}

#endif
