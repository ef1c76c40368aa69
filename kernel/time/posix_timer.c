/*
 * POSIX timers.
 *
 * LINUX BEHAVIOUR (timer_create(2), kernel/time/posix-timers.c). A timer has one signal, part
 * of the timer itself. While it is queued a periodic timer is not armed; when it is taken,
 * the expirations that went by are its overrun and the timer goes on. A signal that is
 * ignored does not stop the timer.
 */
#include "kernel/time/posix_timer.h"

#include "abi/errno.h"
#include "abi/linux/capability.h"
#include "kernel/mm/heap.h"
#include "kernel/signal/signal.h"
#include "kernel/task/user.h"
#include "kernel/time/time.h"
#include "kernel/time/timer.h"
#include "lib/string.h"
#include "platform/plat.h"

/* Linux: an ignored periodic timer runs no faster than this. */
#define IGNORED_PERIOD_MIN 4000000ull
#define OVERRUN_MAX 0x7fffffffull

static struct posix_timer *timer_of(struct ktimer *t)
{
	return container_of(t, struct posix_timer, timer);
}

void posix_timer_release(struct posix_timer *timer)
{
	if (timer == NULL || !ref_put(&timer->ref))
		return;
	atomic_sub(&timer->user->signals, 1);
	thread_put(timer->target);
	process_put(timer->process);
	kfree(timer);
}

void posix_timer_get(struct ktimer *t)
{
	ref_get(&timer_of(t)->ref);
}

void posix_timer_put(struct ktimer *t)
{
	posix_timer_release(timer_of(t));
}

/* --- creation --- */

static int check_clock(int clock)
{
	const struct cred *c = &current()->process->cred;
	u64 now;

	switch (clock) {
	case LINUX_CLOCK_REALTIME:
	case LINUX_CLOCK_MONOTONIC:
	case LINUX_CLOCK_BOOTTIME:
	case LINUX_CLOCK_TAI:
		return 0;
	case LINUX_CLOCK_MONOTONIC_RAW:
	case LINUX_CLOCK_REALTIME_COARSE:
	case LINUX_CLOCK_MONOTONIC_COARSE:
		return -EOPNOTSUPP;
	case LINUX_CLOCK_REALTIME_ALARM:
	case LINUX_CLOCK_BOOTTIME_ALARM:
		if (!(c->cap_effective >> LINUX_CAP_WAKE_ALARM & 1))
			return -EPERM;
		return -EOPNOTSUPP; /* nothing here wakes a sleeping machine */
	default:
		if (!clock_is_cpu(clock))
			return -EINVAL;
		return clock_read(clock, &now);
	}
}

/* The clock by the caller's number: it is also read by the helper, which is another thread. */
static int clock_of_caller(int clock)
{
	if (clock == LINUX_CLOCK_THREAD_CPUTIME_ID)
		clock = (int)(~0u << 3) | LINUX_CPUCLOCK_PERTHREAD | LINUX_CPUCLOCK_SCHED;
	if (clock >= 0 || !clock_is_cpu(clock) || (u32)clock >> 3 != ~0u >> 3)
		return clock;
	return (int)(~(u32)(clock & LINUX_CPUCLOCK_PERTHREAD ? current()->tid :
							       current()->process->pid)
		     << 3) | (clock & 7);
}

/* Fill in who is told how; the target thread is referenced. */
static int check_event(struct posix_timer *timer, const struct linux_sigevent *sev)
{
	struct process *me = timer->process;

	timer->notify = sev->sigev_notify;
	timer->signo = sev->sigev_signo;
	timer->value = sev->sigev_value;
	switch (sev->sigev_notify) {
	case LINUX_SIGEV_NONE:
		return 0;
	case LINUX_SIGEV_SIGNAL | LINUX_SIGEV_THREAD_ID:
		timer->target = thread_find(sev->sigev_un.tid);
		if (timer->target == NULL || timer->target->process != me)
			return -EINVAL;
		break;
	case LINUX_SIGEV_SIGNAL:
	case LINUX_SIGEV_THREAD:
		break;
	default:
		return -EINVAL;
	}
	return signal_valid(sev->sigev_signo) ? 0 : -EINVAL;
}

static bool id_used(const struct process *p, s32 id)
{
	const struct posix_timer *t;

	list_for_each(t, &p->time.posix_timers, link)
		if (t->id == id)
			return true;
	return false;
}

static void publish(struct posix_timer *timer)
{
	struct process_time *pt = &timer->process->time;

	lock_acquire(&pt->lock);
	while (id_used(timer->process, pt->next_timer_id))
		pt->next_timer_id = (pt->next_timer_id + 1) & 0x7fffffff;
	timer->id = pt->next_timer_id;
	pt->next_timer_id = (pt->next_timer_id + 1) & 0x7fffffff;
	list_add_tail(&pt->posix_timers, &timer->link);
	lock_release(&pt->lock);
}

int posix_timer_create(int clock, const struct linux_sigevent *sev, s32 *ret_id)
{
	static const struct linux_sigevent by_default = {
		.sigev_notify = LINUX_SIGEV_SIGNAL,
		.sigev_signo = LINUX_SIGALRM,
	};
	struct process *p = current()->process;
	struct user *user = user_find(p->cred.uid);
	struct posix_timer *timer;
	int err = check_clock(clock);

	if (err < 0)
		return err;
	if (atomic_add(&user->signals, 1) >= task_rlimit(LINUX_RLIMIT_SIGPENDING) ||
	    (timer = kzalloc(sizeof(*timer))) == NULL) {
		atomic_sub(&user->signals, 1);
		return -EAGAIN;
	}
	timer->user = user;
	ref_init(&timer->ref);
	list_init(&timer->link);
	list_init(&timer->entry.link);
	timer->entry.timer = timer;
	timer->timer.kind = KTIMER_POSIX;
	timer->process = process_get(p);
	timer->clock = clock_of_caller(clock);
	err = check_event(timer, sev != NULL ? sev : &by_default);
	if (err < 0) {
		posix_timer_release(timer);
		return err;
	}
	publish(timer);
	if (sev == NULL)
		timer->value = (u64)timer->id;
	*ret_id = timer->id;
	return 0;
}

struct posix_timer *posix_timer_find(s32 id)
{
	struct process_time *pt = &current()->process->time;
	struct posix_timer *t, *found = NULL;

	lock_acquire(&pt->lock);
	list_for_each(t, &pt->posix_timers, link) {
		if (t->id == id) {
			ref_get(&t->ref);
			found = t;
			break;
		}
	}
	lock_release(&pt->lock);
	return found;
}

/* --- time --- */

static u64 now_of(const struct posix_timer *timer)
{
	u64 now = 0;

	(void)!clock_read(timer->clock, &now); /* a CPU clock whose task ended stands still */
	return now;
}

/* Put it in the queue for its next expiry. True: the helper must be woken. */
static bool arm_locked(struct posix_timer *timer, u64 here)
{
	struct process *p = timer->process;
	u64 deadline;

	if (timer->notify == LINUX_SIGEV_NONE)
		return false; /* only ever asked for the time left */
	if (clock_is_cpu(timer->clock))
		deadline = cpu_timer_next_look(p, plat_now(), here, MAX(timer->expires, here),
					       &timer->seen);
	else
		deadline = clock_to_monotonic(timer->clock, timer->expires);
	return ktimer_arm_locked(&timer->timer, p, deadline);
}

/* Skip expirations up to now: how many there were. */
static u64 forward_locked(struct posix_timer *timer, u64 here)
{
	u64 passed;

	if (timer->expires > here)
		return 0;
	passed = (here - timer->expires) / timer->interval + 1;
	timer->expires = time_add(timer->expires, passed * timer->interval);
	return passed;
}

static void read_locked(struct posix_timer *timer, u64 here, u64 *ret_value, u64 *ret_interval)
{
	*ret_interval = timer->interval;
	*ret_value = 0;
	if (timer->expires == 0)
		return;
	if (timer->interval != 0 &&
	    (timer->awaits_signal || timer->notify == LINUX_SIGEV_NONE))
		timer->overrun += forward_locked(timer, here);
	if (timer->expires > here)
		*ret_value = timer->expires - here;
	else if (timer->notify != LINUX_SIGEV_NONE)
		*ret_value = 1; /* Linux: armed and about to expire is not 0 */
}

void posix_timer_read(struct posix_timer *timer, u64 *ret_value, u64 *ret_interval)
{
	u64 here = now_of(timer);

	timers_lock();
	read_locked(timer, here, ret_value, ret_interval);
	timers_unlock();
}

int posix_timer_set(struct posix_timer *timer, bool absolute, u64 value, u64 interval,
		    u64 *ret_value, u64 *ret_interval)
{
	u64 here = now_of(timer);
	bool wake = false;

	if (value != 0 && timer->notify != LINUX_SIGEV_NONE) {
		int err = timer_helper_start();

		if (err < 0)
			return err;
	}
	timers_lock();
	read_locked(timer, here, ret_value, ret_interval);
	ktimer_disarm_locked(&timer->timer);
	timer->generation++;
	timer->awaits_signal = false;
	timer->skip = false;
	timer->overrun = 0;
	timer->overrun_last = 0;
	timer->seen = 0;
	timer->interval = interval;
	timer->expires = 0;
	if (value != 0 && !timer->deleted) {
		timer->expires = MAX(absolute ? value : time_add(here, value), 1ull);
		wake = arm_locked(timer, here);
	}
	timers_unlock();
	if (wake)
		timer_helper_wake(timer->process);
	return 0;
}

/* --- expiry --- */

/*
 * The signal went nowhere: the process ignores it, or the queue was emptied. A periodic
 * timer goes on by itself. The clock is not read here, as task_lock may be held: the next
 * look skips what has passed.
 */
static void signal_lost(struct posix_timer *timer)
{
	bool wake = false;

	timers_lock();
	if (timer->awaits_signal && !timer->deleted) {
		timer->awaits_signal = false;
		timer->skip = true;
		wake = ktimer_arm_locked(&timer->timer, timer->process,
					 time_add(plat_now(), IGNORED_PERIOD_MIN));
	}
	timers_unlock();
	if (wake)
		timer_helper_wake(timer->process);
}

static void send(struct posix_timer *timer)
{
	ref_get(&timer->ref);
	if (signal_send_entry(timer->process, timer->target, timer->signo, &timer->entry))
		return;
	signal_lost(timer);
	posix_timer_release(timer);
}

void posix_timer_fire(struct ktimer *t, UNUSED u64 now)
{
	struct posix_timer *timer = timer_of(t);
	u64 here = now_of(timer);
	bool expired = false;

	timers_lock();
	if (!timer->timer.queued && timer->expires != 0 && !timer->awaits_signal &&
	    !timer->deleted) {
		if (timer->skip) {
			timer->skip = false;
			timer->overrun += forward_locked(timer, here);
		}
		if (here < timer->expires) {
			(void)!arm_locked(timer, here); /* CPU time, or the clock was set back */
		} else {
			expired = true;
			timer->awaits_signal = timer->interval != 0;
			if (timer->interval == 0)
				timer->expires = 0;
		}
	}
	timers_unlock();
	if (expired)
		send(timer);
}

void posix_timer_fill_info(struct posix_timer *timer, struct linux_siginfo *info)
{
	memset(info, 0, sizeof(*info));
	info->si_signo = timer->signo;
	info->si_code = LINUX_SI_TIMER;
	info->timer.id = timer->id;
	info->timer.value = timer->value;
	info->timer.sys_private = (s32)atomic_load(&timer->generation);
}

void posix_timer_signal_taken(struct posix_timer *timer, struct linux_siginfo *info)
{
	u64 here = now_of(timer);
	bool wake = false;

	timers_lock();
	if (timer->awaits_signal && !timer->deleted &&
	    (u32)info->timer.sys_private == timer->generation) {
		u64 passed = forward_locked(timer, here);

		/* The first one is the signal itself. */
		timer->overrun += passed > 0 ? passed - 1 : 0;
		timer->overrun_last = (s32)MIN(timer->overrun, OVERRUN_MAX);
		timer->overrun = 0;
		timer->awaits_signal = false;
		wake = arm_locked(timer, here);
	}
	info->timer.overrun = timer->overrun_last;
	info->timer.sys_private = 0;
	timers_unlock();
	if (wake)
		timer_helper_wake(timer->process);
	posix_timer_release(timer);
}

void posix_timer_signal_flushed(struct posix_timer *timer)
{
	signal_lost(timer);
	posix_timer_release(timer);
}

/* --- deletion --- */

static void unlinked(struct posix_timer *timer)
{
	timers_lock();
	timer->deleted = true;
	timer->expires = 0;
	ktimer_disarm_locked(&timer->timer);
	timers_unlock();
	posix_timer_release(timer);
}

int posix_timer_delete(s32 id)
{
	struct process_time *pt = &current()->process->time;
	struct posix_timer *t, *found = NULL;

	lock_acquire(&pt->lock);
	list_for_each(t, &pt->posix_timers, link) {
		if (t->id == id) {
			list_del(&t->link);
			found = t;
			break;
		}
	}
	lock_release(&pt->lock);
	if (found == NULL)
		return -EINVAL;
	unlinked(found);
	return 0;
}

void posix_timers_delete_all(struct process *p)
{
	for (;;) {
		struct posix_timer *t = NULL;

		lock_acquire(&p->time.lock);
		if (!list_empty(&p->time.posix_timers)) {
			t = list_first(&p->time.posix_timers, struct posix_timer, link);
			list_del(&t->link);
		}
		lock_release(&p->time.lock);
		if (t == NULL)
			return;
		unlinked(t);
	}
}
