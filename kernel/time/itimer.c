/*
 * Interval timers (setitimer, alarm) and RLIMIT_CPU.
 *
 * LINUX BEHAVIOUR. ITIMER_REAL counts time, VIRTUAL the process's user time, PROF all of its
 * CPU time; they send SIGALRM, SIGVTALRM, SIGPROF with SI_KERNEL. Past the soft CPU limit
 * SIGXCPU is sent every second, at the hard one SIGKILL.
 *
 * CPU time is looked at from time to time (cpu_timer_next_look), so those signals may be
 * late by a few milliseconds, as they are on a Linux with a tick.
 */
#include "kernel/time/timer.h"

#include "abi/errno.h"
#include "kernel/signal/signal.h"
#include "kernel/time/time.h"
#include "platform/plat.h"

#define LOOK_MIN 1000000ull   /* 1 ms */
#define LOOK_IDLE 20000000ull /* nothing has run since the last look */

/* CPU clocks of the calling process, by the host's and our own naming alike. */
#define OWN_CPU_CLOCK(which) ((int)(~0u << 3 | (which)))

u64 cpu_timer_next_look(const struct process *p, u64 now, u64 cpu, u64 expires, u64 *seen)
{
	u64 wait = (expires - cpu) / MAX(p->thread_count, 1u);
	u64 least = cpu - *seen < LOOK_MIN / 4 ? LOOK_IDLE : LOOK_MIN;

	*seen = cpu;
	return time_add(now, MAX(wait, least));
}

int itimer_clock(u8 kind)
{
	switch (kind) {
	case KTIMER_ITIMER_REAL:
		return LINUX_CLOCK_MONOTONIC;
	case KTIMER_ITIMER_VIRTUAL:
		return OWN_CPU_CLOCK(LINUX_CPUCLOCK_VIRT);
	default:
		return OWN_CPU_CLOCK(LINUX_CPUCLOCK_PROF);
	}
}

static struct itimer *itimer_of(struct process *p, u8 kind)
{
	if (kind == KTIMER_CPU_LIMIT)
		return &p->time.cpu_limit;
	return &p->time.itimers[kind - KTIMER_ITIMER_REAL];
}

static u64 clock_now(u8 kind)
{
	u64 now = 0;

	/* These clocks exist for every process: a failure would be the host's. */
	(void)!clock_read(itimer_clock(kind), &now);
	return now;
}

static bool arm_locked(struct process *p, struct itimer *it, u64 clock_ns)
{
	u64 deadline = it->expires;

	if (it->timer.kind != KTIMER_ITIMER_REAL)
		deadline = cpu_timer_next_look(p, plat_now(), clock_ns,
					       MAX(it->expires, clock_ns), &it->seen);
	return ktimer_arm_locked(&it->timer, p, deadline);
}

static void send(struct process *p, int sig)
{
	struct linux_siginfo info = { .si_signo = sig, .si_code = LINUX_SI_KERNEL };

	signal_send_process(p, &info);
}

/* The limit has been passed: what to send, and when to look again (0: never). */
static int cpu_limit_passed(struct process *p, u64 cpu, u64 *ret_next)
{
	u64 seconds = cpu / NS_PER_SEC;
	int sig = 0;

	lock_acquire(&p->lock);
	struct linux_rlimit64 *lim = &p->rlimits[LINUX_RLIMIT_CPU];

	if (seconds >= lim->rlim_max) {
		sig = LINUX_SIGKILL;
		*ret_next = 0;
	} else {
		if (seconds >= lim->rlim_cur) {
			sig = LINUX_SIGXCPU;
			lim->rlim_cur = seconds + 1; /* Linux: again in a second */
		}
		*ret_next = lim->rlim_cur >= NO_DEADLINE / NS_PER_SEC ?
				    0 :
				    lim->rlim_cur * NS_PER_SEC;
	}
	lock_release(&p->lock);
	return sig;
}

void itimer_fire(struct process *p, u8 kind, UNUSED u64 now)
{
	static const u8 signals[] = {
		[KTIMER_ITIMER_REAL] = LINUX_SIGALRM,
		[KTIMER_ITIMER_VIRTUAL] = LINUX_SIGVTALRM,
		[KTIMER_ITIMER_PROF] = LINUX_SIGPROF,
	};
	struct itimer *it = itimer_of(p, kind);
	u64 here = clock_now(kind);
	int sig = 0;

	timers_lock();
	/* Set anew or disarmed since it was taken from the queue? */
	if (!it->timer.queued && it->expires != 0) {
		if (here < it->expires) {
			(void)!arm_locked(p, it, here);
		} else if (kind == KTIMER_CPU_LIMIT) {
			sig = cpu_limit_passed(p, here, &it->expires);
			if (it->expires != 0)
				(void)!arm_locked(p, it, here);
		} else {
			sig = signals[kind];
			if (it->interval == 0) {
				it->expires = 0;
			} else {
				u64 passed = (here - it->expires) / it->interval + 1;

				it->expires = time_add(it->expires, passed * it->interval);
				(void)!arm_locked(p, it, here);
			}
		}
	}
	timers_unlock();
	if (sig != 0)
		send(p, sig);
}

static void get_locked(const struct itimer *it, u64 here, u64 *ret_value, u64 *ret_interval)
{
	*ret_interval = it->interval;
	if (it->expires == 0)
		*ret_value = 0;
	else /* Linux: an armed timer never shows 0 */
		*ret_value = it->expires > here ? MAX(it->expires - here, NS_PER_US) : NS_PER_US;
}

void itimer_get(int which, u64 *ret_value, u64 *ret_interval)
{
	struct itimer *it = &current()->process->time.itimers[which];
	u64 here = clock_now(it->timer.kind);

	timers_lock();
	get_locked(it, here, ret_value, ret_interval);
	timers_unlock();
}

int itimer_set(int which, u64 value, u64 interval, u64 *ret_value, u64 *ret_interval)
{
	struct process *p = current()->process;
	struct itimer *it = &p->time.itimers[which];
	u64 here = clock_now(it->timer.kind);
	bool wake = false;

	if (value != 0) {
		int err = timer_helper_start();

		if (err < 0)
			return err;
	}
	timers_lock();
	get_locked(it, here, ret_value, ret_interval);
	ktimer_disarm_locked(&it->timer);
	it->expires = value == 0 ? 0 : time_add(here, value);
	it->interval = interval;
	it->seen = 0;
	if (value != 0)
		wake = arm_locked(p, it, here);
	timers_unlock();
	if (wake)
		timer_helper_wake(p);
	return 0;
}

int time_cpu_limit_changed(struct process *p)
{
	struct itimer *it = &p->time.cpu_limit;
	u64 here = clock_now(KTIMER_CPU_LIMIT);
	bool wake = false;
	u64 soft;

	lock_acquire(&p->lock);
	soft = p->rlimits[LINUX_RLIMIT_CPU].rlim_cur;
	lock_release(&p->lock);
	/* Another process's helper cannot be started from here: if it has none, no limit. */
	if (soft < NO_DEADLINE / NS_PER_SEC && p == current()->process) {
		int err = timer_helper_start();

		if (err < 0)
			return err;
	}
	timers_lock();
	ktimer_disarm_locked(&it->timer);
	it->expires = soft < NO_DEADLINE / NS_PER_SEC ? MAX(soft * NS_PER_SEC, 1ull) : 0;
	it->seen = 0;
	if (it->expires != 0 && p->time.helper_started && !p->time.ended)
		wake = arm_locked(p, it, here);
	timers_unlock();
	if (wake)
		timer_helper_wake(p);
	return 0;
}
