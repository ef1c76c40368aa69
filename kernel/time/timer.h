/*
 * Armed timers: one queue for each process, served by a helper thread of that process.
 *
 * OVERVIEW. An armed struct ktimer lies in its process's queue, a pairing heap by deadline.
 * The process's helper (kernel/task/kthread.h), started with the first timer, sleeps until
 * the earliest deadline, takes the timer out and calls what its kind says. Timers that
 * outlive their process (a timerfd inherited by a child) become orphans at its exit and are
 * adopted by the next process that has a helper and touches them.
 *
 * LOCKING. One lock for all queues of the sandbox (timers_lock). It is not held while a
 * timer fires: a fire function checks under the lock, or its object's own, that the timer
 * was not set anew in between. Order: an object's lock, then timers_lock; sighand->lock may
 * not be held.
 */
#ifndef NACRE_KERNEL_TIME_TIMER_H
#define NACRE_KERNEL_TIME_TIMER_H

#include "kernel/task/task.h"
#include "kernel/time/state.h"
#include "lib/types.h"

struct posix_timer;

void timers_lock(void);
void timers_unlock(void);

/* The calling process can serve timers from now on. 0, -EAGAIN, -ENOMEM. */
MUST_USE int timer_helper_start(void);

/*
 * Arm t for home at deadline, instead of what it was armed for. The caller holds
 * timers_lock and has started the helper. True: the helper must be woken after unlocking.
 */
MUST_USE bool ktimer_arm_locked(struct ktimer *t, struct process *home, u64 deadline);
void ktimer_disarm_locked(struct ktimer *t);
/* Wake the helper of home after ktimer_arm_locked() said so. */
void timer_helper_wake(struct process *home);
/* Take orphans to the calling process's queue (poll, read of a timerfd). */
void ktimer_adopt(struct ktimer *t);

/* What each kind does when it fires; no lock is held, *t's object is alive. */
void itimer_fire(struct process *p, u8 kind, u64 now);
void posix_timer_fire(struct ktimer *t, u64 now);
void timerfd_fire(struct ktimer *t, u64 now);
/* References that keep the object of a timer alive while it fires. timers_lock held. */
void posix_timer_get(struct ktimer *t);
void posix_timer_put(struct ktimer *t);
void timerfd_get(struct ktimer *t);
void timerfd_put(struct ktimer *t);

/* A timer's queued signal was taken by its thread: the timer may go on. */
void posix_timer_signal_taken(struct posix_timer *timer, struct linux_siginfo *info);
/* ... or thrown away. Both drop the reference the queue held. */
void posix_timer_signal_flushed(struct posix_timer *timer);
/* signal/send.c: queue the timer's own entry. False: not queued (pending already, ignored). */
bool signal_send_entry(struct process *p, struct thread *t, int sig, struct signal_entry *entry);
/* The information of the timer's signal, filled in when it is queued. */
void posix_timer_fill_info(struct posix_timer *timer, struct linux_siginfo *info);

void posix_timers_delete_all(struct process *p);

/* setitimer's work; value and interval in ns. The old ones go to *ret_*. */
MUST_USE int itimer_set(int which, u64 value, u64 interval, u64 *ret_value, u64 *ret_interval);
void itimer_get(int which, u64 *ret_value, u64 *ret_interval);

/*
 * When to look again at a CPU clock of p that shows cpu and is awaited at expires: CPU time
 * cannot pass faster than all its threads run. *seen: what it showed at the last look.
 */
u64 cpu_timer_next_look(const struct process *p, u64 now, u64 cpu, u64 expires, u64 *seen);
/* The clock of an interval timer of the calling process: CLOCK_MONOTONIC or of CPU time. */
int itimer_clock(u8 kind);
/* usage.c: keep what the ending process has used. */
void time_usage_finish(struct process *p);

#endif
