/* POSIX per-process timers (timer_create and its family). */
#ifndef NACRE_KERNEL_TIME_POSIX_TIMER_H
#define NACRE_KERNEL_TIME_POSIX_TIMER_H

#include "abi/linux/signal.h"
#include "kernel/task/task.h"
#include "kernel/time/state.h"

/*
 * LIFETIME. The process's list holds a reference until timer_delete, exec or exit; a queued
 * signal (the entry) and the helper while it fires hold one each.
 * LOCKING. Legend: I immutable, l process.time.lock, t timers_lock.
 */
struct posix_timer {
	struct ref ref;
	struct list link;            /* l */
	struct process *process;     /* I, referenced */
	struct user *user;           /* I: for whom its signal counts */
	struct thread *target;       /* I, referenced: SIGEV_THREAD_ID; else NULL */
	s32 id;                      /* I */
	int clock;                   /* I */
	s32 notify, signo;           /* I */
	u64 value;                   /* I: sigev_value */
	struct ktimer timer;         /* t */
	u64 expires;                 /* t: ns of the clock, 0: disarmed */
	u64 interval;                /* t */
	u64 seen;                    /* t: CPU time at the last look */
	bool awaits_signal;          /* t: periodic, its signal is on the way: armed when taken */
	bool skip;                   /* t: expirations that passed unheard are not sent again */
	bool deleted;                /* t */
	u32 generation;              /* t: counts settings; a queued signal knows its own */
	u64 overrun;                 /* t: expirations the queued signal stands for, less one */
	s32 overrun_last;            /* t: timer_getoverrun */
	struct signal_entry entry;   /* process.sighand->lock while queued */
};

/* sev NULL: SIGALRM with the id as value. 0, -EINVAL, -EAGAIN, -ENOMEM, -EOPNOTSUPP, -EPERM. */
MUST_USE int posix_timer_create(int clock, const struct linux_sigevent *sev, s32 *ret_id);
/* With a reference, NULL: no such timer. */
struct posix_timer *posix_timer_find(s32 id);
void posix_timer_release(struct posix_timer *timer);
/* absolute: value is the clock's time. The old setting goes to *ret_*. */
MUST_USE int posix_timer_set(struct posix_timer *timer, bool absolute, u64 value, u64 interval,
			     u64 *ret_value, u64 *ret_interval);
void posix_timer_read(struct posix_timer *timer, u64 *ret_value, u64 *ret_interval);
MUST_USE int posix_timer_delete(s32 id);

#endif
