/*
 * Active waiting on the wire.
 *
 * A question and its answer mostly take less time than it takes the host to waken a processor
 * that was halted, so whoever waits looks again and again for a while before it sleeps. Where
 * that was in vain some times in a row, the next waits sleep at once: with one processor, or with
 * others at work on all of them, both sides do. Nobody gives way meanwhile: after sched_yield(2) a
 * busy host lets everybody else have a turn first.
 *
 * LOCKING. The caller's; a lost count does no harm.
 */
#ifndef NACRE_WIRE_PATIENCE_H
#define NACRE_WIRE_PATIENCE_H

#include "lib/types.h"

#define PATIENCE_NS 50000u /* about what a wake-up takes */
#define PATIENCE_SKIPS 63u /* at most, between two attempts */

struct patience {
	u32 skips; /* waits that are still to sleep at once */
	u32 late; /* what skips was set to last */
};

/* Is this wait to begin actively? */
static inline bool patience_begin(struct patience *p)
{
	if (p->skips == 0)
		return true;
	p->skips--;
	return false;
}

/* One that began so has ended; in_time: without sleeping. */
static inline void patience_end(struct patience *p, bool in_time)
{
	p->late = in_time ? 0 : MIN(2 * p->late + 1, PATIENCE_SKIPS);
	p->skips = p->late;
}

#endif
