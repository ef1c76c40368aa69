/*
 * Clocks, CPU time, and the hooks that processes' lives have in them.
 *
 * Times inside the kernel are ns in u64; NO_DEADLINE is never. Conversions of guest values
 * saturate instead of wrapping.
 */
#ifndef NACRE_KERNEL_TIME_TIME_H
#define NACRE_KERNEL_TIME_TIME_H

#include "abi/linux/resource.h"
#include "abi/linux/time.h"
#include "kernel/sync/waitq.h"
#include "kernel/task/task.h"
#include "lib/types.h"

#define NS_PER_SEC 1000000000ull
#define NS_PER_US 1000ull

/* --- conversions --- */

static inline bool timespec_valid(const struct linux_timespec *ts)
{
	return ts->tv_sec >= 0 && ts->tv_nsec >= 0 && ts->tv_nsec < (s64)NS_PER_SEC;
}

/* ns of a valid timespec; beyond 292 years: NO_DEADLINE / 2, which nobody lives to see. */
u64 timespec_to_ns(const struct linux_timespec *ts);
struct linux_timespec timespec_from_ns(u64 ns);
u64 timeval_to_ns(const struct linux_timeval *tv);
struct linux_timeval timeval_from_ns(u64 ns);
/* a + b, at most NO_DEADLINE - 1. */
u64 time_add(u64 a, u64 b);

/*
 * The deadline of a guest's relative timeout at uts (a struct linux_timespec; 0: none).
 * 0, -EFAULT, -EINVAL. A zero timeout gives 0, which is in the past.
 */
MUST_USE int time_deadline_user(uaddr_t uts, u64 *ret_deadline);
/* The same of an absolute time of clock (LINUX_CLOCK_REALTIME, LINUX_CLOCK_MONOTONIC). */
MUST_USE int time_deadline_at_user(uaddr_t uts, int clock, u64 *ret_deadline);

/* --- clocks --- */

/* Reading, in ns. -EINVAL: no such clock. Knows the CPU clocks of other tasks. */
MUST_USE int clock_read(int clock, u64 *ret);
/* The same with 64-bit seconds, for clocks that may be before 1970. */
MUST_USE int clock_get(int clock, struct linux_timespec *ret);
MUST_USE int clock_resolution(int clock, struct linux_timespec *ret);
bool clock_is_cpu(int clock);
/* The CLOCK_MONOTONIC moment at which a clock (not of CPU time) shows ns. */
u64 clock_to_monotonic(int clock, u64 ns);

/* --- CPU time and resources used --- */

/* who: LINUX_RUSAGE_SELF, _CHILDREN or _THREAD of the caller. */
void time_usage(int who, struct linux_rusage *ret);
/* Of another process, alive or zombie: its own threads' and its waited-for children's times. */
void time_usage_of(struct process *p, struct linux_rusage *ret);

/*
 * A CPU clock (LINUX_CPUCLOCK_x) in ns: of any process, also one that has ended; of a thread of
 * the caller's process. -EINVAL: it is gone.
 */
MUST_USE int time_cpu_of(struct process *p, u32 which, u64 *ret);
MUST_USE int time_cpu_of_thread(struct thread *t, u32 which, u64 *ret);
/* What the calling host process, of one thread, has used so far. */
void time_base_take(struct time_base *ret);
/* p's host process had used that much before it was p's; NULL: nothing. */
void time_base_set(struct process *p, const struct time_base *base);

/* --- hooks for kernel/task --- */

/* Once, in the first process, before any other. */
MUST_USE int time_init(void);
void time_process_init(struct process *p);
/*
 * The calling process runs in a host process of its own from now on (fork, first process,
 * a vfork child at exec): what it armed before and its CPU limit are served.
 */
void time_process_started(void);
/*
 * The calling process's last thread is about to end it: timers stop, p->time.final is
 * written. Before the parent is told.
 */
void time_process_exit(struct process *p);
/* exec: POSIX timers are deleted; interval timers and RLIMIT_CPU go on. */
void time_process_exec(struct process *p);
/* parent has waited for child: its usage counts as the parent's children's. */
void time_child_reaped(struct process *parent, const struct process *child);
/* The usage of a zombie as wait4 reports it. */
void time_child_usage(const struct process *child, struct linux_rusage *ret);
/* RLIMIT_CPU of the process was set or inherited. 0, -ENOMEM. */
int time_cpu_limit_changed(struct process *p);

#endif
