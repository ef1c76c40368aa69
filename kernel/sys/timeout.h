/*
 * Relative timeouts as calls give them, to deadlines: CLOCK_MONOTONIC ns as the wait
 * functions take them, 0 for a look without waiting, NO_DEADLINE for ever.
 */
#ifndef NACRE_KERNEL_SYS_TIMEOUT_H
#define NACRE_KERNEL_SYS_TIMEOUT_H

#include "abi/linux/time.h"
#include "kernel/sync/waitq.h"
#include "lib/checked.h"
#include "platform/plat.h"

static inline u64 deadline_after(u64 ns)
{
	u64 deadline;

	if (ns == 0)
		return 0;
	return checked_add(plat_now(), ns, &deadline) ? deadline : NO_DEADLINE;
}

/* Negative: for ever. */
static inline u64 deadline_from_ms(s32 ms)
{
	return ms < 0 ? NO_DEADLINE : deadline_after((u64)ms * 1000000);
}

static inline bool timespec_ok(const struct linux_timespec *ts)
{
	return ts->tv_sec >= 0 && ts->tv_nsec >= 0 && ts->tv_nsec < 1000000000;
}

/* ts has passed timespec_ok. */
static inline u64 deadline_from_timespec(const struct linux_timespec *ts)
{
	u64 ns;

	if (!checked_mul((u64)ts->tv_sec, 1000000000ull, &ns) ||
	    !checked_add(ns, (u64)ts->tv_nsec, &ns))
		return NO_DEADLINE;
	return deadline_after(ns);
}

/* What is left until the deadline. */
static inline struct linux_timespec deadline_left(u64 deadline)
{
	u64 now = plat_now(), left = deadline > now ? deadline - now : 0;

	return (struct linux_timespec){ (s64)(left / 1000000000), (s64)(left % 1000000000) };
}

#endif
