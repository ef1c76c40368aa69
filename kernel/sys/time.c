/*
 * Reading clocks, sleeping, and times used.
 *
 * Clocks cannot be set: the sandbox has no right over the host's. Such calls check their
 * arguments as Linux does and then fail with EPERM.
 */
#include "kernel/time/time.h"

#include "kernel/mm/uaccess.h"
#include "kernel/signal/signal.h"
#include "kernel/sys/syscall.h"
#include "kernel/task/task.h"
#include "lib/string.h"
#include "platform/plat.h"

/* --- reading --- */

SYSCALL_DEFINE(clock_gettime, int, clock, uaddr_t, ret)
{
	struct linux_timespec ts;
	int err = clock_get(clock, &ts);

	return err < 0 ? err : copy_out_struct(ret, &ts);
}

SYSCALL_DEFINE(clock_getres, int, clock, uaddr_t, ret)
{
	struct linux_timespec ts;
	int err = clock_resolution(clock, &ts);

	if (err < 0 || ret == 0)
		return err;
	return copy_out_struct(ret, &ts);
}

SYSCALL_DEFINE(gettimeofday, uaddr_t, utv, uaddr_t, utz)
{
	static const struct linux_timezone utc = { .tz_minuteswest = 0 };
	struct linux_timespec ts;
	struct linux_timeval tv;

	if (utv != 0) {
		int err = clock_get(LINUX_CLOCK_REALTIME, &ts);

		if (err < 0)
			return err;
		tv.tv_sec = ts.tv_sec;
		tv.tv_usec = ts.tv_nsec / (s64)NS_PER_US;
		if (copy_out_struct(utv, &tv) < 0)
			return -EFAULT;
	}
	if (utz != 0 && copy_out_struct(utz, &utc) < 0)
		return -EFAULT;
	return 0;
}

SYSCALL_DEFINE(time, uaddr_t, ret)
{
	struct linux_timespec ts;
	int err = clock_get(LINUX_CLOCK_REALTIME_COARSE, &ts);

	if (err < 0)
		return err;
	if (ret != 0 && copy_out_struct(ret, &ts.tv_sec) < 0)
		return -EFAULT;
	return ts.tv_sec;
}

/* --- setting: never --- */

SYSCALL_DEFINE(clock_settime, int, clock, uaddr_t, uts)
{
	struct linux_timespec ts;

	/* Linux: only the real-time clock can be set at all. */
	if (clock != LINUX_CLOCK_REALTIME)
		return -EINVAL;
	if (copy_in_struct(&ts, uts) < 0)
		return -EFAULT;
	return timespec_valid(&ts) ? -EPERM : -EINVAL;
}

SYSCALL_DEFINE(settimeofday, uaddr_t, utv, uaddr_t, utz)
{
	struct linux_timezone tz;
	struct linux_timeval tv;

	if (utv != 0) {
		if (copy_in_struct(&tv, utv) < 0)
			return -EFAULT;
		if (tv.tv_usec < 0 || tv.tv_usec > 1000000)
			return -EINVAL;
		if (tv.tv_sec < 0)
			return -EINVAL;
	}
	if (utz != 0 && copy_in_struct(&tz, utz) < 0)
		return -EFAULT;
	return -EPERM;
}

/* What a reader of an undisciplined clock sees; the host's own discipline is not shown. */
static s64 read_timex(int clock, uaddr_t utx)
{
	struct linux_timex tx;
	struct linux_timespec ts;
	int err;

	if (copy_in_struct(&tx, utx) < 0)
		return -EFAULT;
	if (tx.modes != 0 && tx.modes != LINUX_ADJ_OFFSET_SS_READ)
		return -EPERM;
	err = clock_get(clock, &ts);
	if (err < 0)
		return err;
	tx = (struct linux_timex){
		.modes = tx.modes,
		.status = LINUX_STA_UNSYNC,
		.maxerror = 16000000,
		.esterror = 16000000,
		.constant = 2,
		.precision = 1,
		.tolerance = 32768000,
		.tick = 10000,
		.time = { .tv_sec = ts.tv_sec, .tv_usec = ts.tv_nsec / (s64)NS_PER_US },
	};
	if (copy_out_struct(utx, &tx) < 0)
		return -EFAULT;
	return LINUX_TIME_ERROR; /* the clock is not synchronised */
}

SYSCALL_DEFINE(adjtimex, uaddr_t, utx)
{
	return read_timex(LINUX_CLOCK_REALTIME, utx);
}

SYSCALL_DEFINE(clock_adjtime, int, clock, uaddr_t, utx)
{
	struct linux_timespec ts;
	int err = clock_get(clock, &ts);

	if (err < 0)
		return err;
	if (clock != LINUX_CLOCK_REALTIME)
		return -EOPNOTSUPP;
	return read_timex(clock, utx);
}

/* --- sleeping --- */

/* Until the clock shows expires. 0, or -ERESTARTSYS. */
static int sleep_until(int clock, u64 expires)
{
	bool cpu = clock_is_cpu(clock);

	for (;;) {
		u32 seq = thread_sleep_begin();
		u32 threads = MAX(current()->process->thread_count, 1u);
		u64 here, deadline;
		int err = clock_read(clock, &here);

		if (err < 0)
			return err;
		if (here >= expires)
			return 0;
		if (cpu) /* CPU time passes no faster than all threads run */
			deadline = plat_now() + MAX((expires - here) / threads, 1000000ull);
		else
			deadline = clock_to_monotonic(clock, expires);
		err = thread_sleep(seq, deadline, true);
		if (err == -ERESTARTSYS)
			return err;
	}
}

static s64 sleep_relative(int clock, u64 expires, uaddr_t urem);

/* restart_args: clock, when it ends, where the rest goes. */
static s64 sleep_restart(struct thread *t)
{
	return sleep_relative((int)t->restart_args[0], t->restart_args[1], t->restart_args[2]);
}

static s64 sleep_relative(int clock, u64 expires, uaddr_t urem)
{
	struct thread *t = current();
	int err = sleep_until(clock, expires);
	struct linux_timespec rem;
	u64 here;

	if (err != -ERESTARTSYS)
		return err;
	if (clock_read(clock, &here) < 0 || here >= expires)
		return 0;
	rem = timespec_from_ns(expires - here);
	if (urem != 0 && copy_out_struct(urem, &rem) < 0)
		return -EFAULT;
	t->restart_args[0] = (u64)clock;
	t->restart_args[1] = expires;
	t->restart_args[2] = urem;
	return signal_restart_with(sleep_restart);
}

static s64 sleep_call(int clock, bool absolute, uaddr_t ureq, uaddr_t urem)
{
	struct linux_timespec req;
	u64 here;
	int err;

	if (copy_in_struct(&req, ureq) < 0)
		return -EFAULT;
	if (!timespec_valid(&req))
		return -EINVAL;
	if (absolute) {
		err = sleep_until(clock, timespec_to_ns(&req));
		return err == -ERESTARTSYS ? -ERESTARTNOHAND : err;
	}
	/* A relative sleep is not shortened by the wall clock being set. */
	if (!clock_is_cpu(clock))
		clock = LINUX_CLOCK_MONOTONIC;
	err = clock_read(clock, &here);
	if (err < 0)
		return err;
	return sleep_relative(clock, time_add(here, timespec_to_ns(&req)), urem);
}

SYSCALL_DEFINE(nanosleep, uaddr_t, req, uaddr_t, rem)
{
	return sleep_call(LINUX_CLOCK_MONOTONIC, false, req, rem);
}

static int check_sleep_clock(int clock)
{
	u64 now;

	switch (clock) {
	case LINUX_CLOCK_REALTIME:
	case LINUX_CLOCK_MONOTONIC:
	case LINUX_CLOCK_BOOTTIME:
	case LINUX_CLOCK_TAI:
	case LINUX_CLOCK_PROCESS_CPUTIME_ID:
		return 0;
	case LINUX_CLOCK_THREAD_CPUTIME_ID:
	case LINUX_CLOCK_MONOTONIC_RAW:
	case LINUX_CLOCK_REALTIME_COARSE:
	case LINUX_CLOCK_MONOTONIC_COARSE:
	case LINUX_CLOCK_REALTIME_ALARM:
	case LINUX_CLOCK_BOOTTIME_ALARM:
		return -EOPNOTSUPP;
	default:
		return clock_is_cpu(clock) ? clock_read(clock, &now) : -EINVAL;
	}
}

SYSCALL_DEFINE(clock_nanosleep, int, clock, int, flags, uaddr_t, req, uaddr_t, rem)
{
	int err = check_sleep_clock(clock);

	if (err < 0)
		return err;
	return sleep_call(clock, flags & LINUX_TIMER_ABSTIME, req, rem);
}

/* Linux: what a call interrupted without a handler continues with. */
SYSCALL_DEFINE(restart_syscall)
{
	struct thread *t = current();
	s64 (*fn)(struct thread *) = t->restart_fn;

	t->restart_fn = NULL;
	return fn != NULL ? fn(t) : -EINTR;
}

/* --- times used --- */

SYSCALL_DEFINE(getrusage, int, who, uaddr_t, ret)
{
	struct linux_rusage usage;

	if (who != LINUX_RUSAGE_SELF && who != LINUX_RUSAGE_CHILDREN &&
	    who != LINUX_RUSAGE_THREAD)
		return -EINVAL;
	time_usage(who, &usage);
	return copy_out_struct(ret, &usage);
}

static s64 ticks(const struct linux_timeval *tv)
{
	return (s64)(timeval_to_ns(tv) / (NS_PER_SEC / LINUX_USER_HZ));
}

SYSCALL_DEFINE(times, uaddr_t, ret)
{
	struct linux_rusage self, children;
	struct linux_tms tms;

	if (ret != 0) {
		time_usage(LINUX_RUSAGE_SELF, &self);
		time_usage(LINUX_RUSAGE_CHILDREN, &children);
		tms = (struct linux_tms){
			.tms_utime = ticks(&self.ru_utime),
			.tms_stime = ticks(&self.ru_stime),
			.tms_cutime = ticks(&children.ru_utime),
			.tms_cstime = ticks(&children.ru_stime),
		};
		if (copy_out_struct(ret, &tms) < 0)
			return -EFAULT;
	}
	return (s64)(plat_now() / (NS_PER_SEC / LINUX_USER_HZ));
}
