/*
 * Clocks and conversions. See time.h.
 *
 * Guest clocks are the host's: a guest process is a host process and a guest thread a host
 * thread, so even CPU time is the host's count (what the kernel does for a guest counts as
 * its user time), less what the host process used before it was the guest's (usage.c).
 */
#include "kernel/time/time.h"

#include "abi/errno.h"
#include "kernel/mm/uaccess.h"
#include "lib/checked.h"
#include "platform/plat.h"

#define TIME_MAX (NO_DEADLINE / 2)

u64 timespec_to_ns(const struct linux_timespec *ts)
{
	u64 ns;

	if (!checked_mul((u64)ts->tv_sec, NS_PER_SEC, &ns) ||
	    !checked_add(ns, (u64)ts->tv_nsec, &ns) || ns > TIME_MAX)
		return TIME_MAX;
	return ns;
}

struct linux_timespec timespec_from_ns(u64 ns)
{
	return (struct linux_timespec){
		.tv_sec = (s64)(ns / NS_PER_SEC),
		.tv_nsec = (s64)(ns % NS_PER_SEC),
	};
}

u64 timeval_to_ns(const struct linux_timeval *tv)
{
	struct linux_timespec ts = {
		.tv_sec = tv->tv_sec,
		.tv_nsec = tv->tv_usec * (s64)NS_PER_US,
	};

	return timespec_to_ns(&ts);
}

struct linux_timeval timeval_from_ns(u64 ns)
{
	return (struct linux_timeval){
		.tv_sec = (s64)(ns / NS_PER_SEC),
		.tv_usec = (s64)(ns % NS_PER_SEC / NS_PER_US),
	};
}

u64 time_add(u64 a, u64 b)
{
	u64 sum;

	if (!checked_add(a, b, &sum) || sum >= NO_DEADLINE)
		return NO_DEADLINE - 1;
	return sum;
}

/* 1: *ret is the guest's time at uts. 0: none is given, and *ret_deadline says so. */
static int timeout_in(uaddr_t uts, u64 *ret, u64 *ret_deadline)
{
	struct linux_timespec ts;

	*ret_deadline = NO_DEADLINE;
	if (uts == 0)
		return 0;
	if (copy_in_struct(&ts, uts) < 0)
		return -EFAULT;
	if (!timespec_valid(&ts))
		return -EINVAL;
	*ret = timespec_to_ns(&ts);
	return 1;
}

int time_deadline_user(uaddr_t uts, u64 *ret_deadline)
{
	u64 ns;
	int given = timeout_in(uts, &ns, ret_deadline);

	if (given == 1)
		*ret_deadline = ns == 0 ? 0 : time_add(plat_now(), ns);
	return MIN(given, 0);
}

int time_deadline_at_user(uaddr_t uts, int clock, u64 *ret_deadline)
{
	u64 ns;
	int given = timeout_in(uts, &ns, ret_deadline);

	if (given == 1)
		*ret_deadline = clock_to_monotonic(clock, ns);
	return MIN(given, 0);
}

/* --- clock ids --- */

bool clock_is_cpu(int clock)
{
	if (clock < 0)
		return (clock & LINUX_CPUCLOCK_WHICH_MASK) != LINUX_CPUCLOCK_FD;
	return clock == LINUX_CLOCK_PROCESS_CPUTIME_ID || clock == LINUX_CLOCK_THREAD_CPUTIME_ID;
}

/* A CPU clock: the caller's, of any process, or of a thread of one's own. */
static int cpu_clock_read(int clock, u64 *ret)
{
	s32 number = clock < 0 ? (s32)~(u32)(clock >> 3) : 0;
	bool thread = clock < 0 ? clock & LINUX_CPUCLOCK_PERTHREAD :
				  clock == LINUX_CLOCK_THREAD_CPUTIME_ID;
	u32 which = clock < 0 ? (u32)clock & LINUX_CPUCLOCK_WHICH_MASK : LINUX_CPUCLOCK_SCHED;
	struct process *me = current()->process;
	int err = -EINVAL;

	if (number == 0)
		return thread ? time_cpu_of_thread(current(), which, ret) :
				time_cpu_of(me, which, ret);
	if (thread) {
		struct thread *t = thread_find(number);

		if (t != NULL && t->process == me)
			err = time_cpu_of_thread(t, which, ret);
		thread_put(t);
	} else {
		struct process *p = process_find(number);

		if (p != NULL)
			err = time_cpu_of(p, which, ret);
		process_put(p);
	}
	return err;
}

static bool clock_exists(int clock)
{
	return clock >= 0 && clock <= LINUX_CLOCK_TAI && clock != 10;
}

int clock_get(int clock, struct linux_timespec *ret)
{
	u64 ns;
	int err;

	if (!clock_is_cpu(clock))
		return clock_exists(clock) ? plat_clock_get(clock, ret) : -EINVAL;
	err = cpu_clock_read(clock, &ns);
	if (err == 0)
		*ret = timespec_from_ns(ns);
	return err;
}

int clock_read(int clock, u64 *ret)
{
	struct linux_timespec ts;
	int err = clock_get(clock, &ts);

	if (err < 0)
		return err;
	*ret = ts.tv_sec < 0 ? 0 : timespec_to_ns(&ts);
	return 0;
}

int clock_resolution(int clock, struct linux_timespec *ret)
{
	u64 now;

	if (!clock_is_cpu(clock))
		return clock_exists(clock) ? plat_clock_res(clock, ret) : -EINVAL;
	int err = cpu_clock_read(clock, &now);

	/* All of a kind have the same: ask about the caller's. */
	if (err == 0 && clock < 0)
		clock = (int)(~0u << 3) | (clock & 7);
	return err < 0 ? err : plat_clock_res(clock, ret);
}

u64 clock_to_monotonic(int clock, u64 ns)
{
	u64 there, here = plat_now();

	if (clock == LINUX_CLOCK_MONOTONIC)
		return MIN(ns, NO_DEADLINE - 1);
	if (clock_read(clock, &there) < 0 || ns <= there)
		return here;
	return time_add(here, ns - there);
}
