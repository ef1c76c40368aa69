/*
 * Taking signals out of the queues and acting on them, on the way back to the guest.
 *
 * LINUX BEHAVIOUR (get_signal, handle_signal). Signals raised by an instruction come first,
 * then the lowest number, the thread's own queue before the process's. Frames are built one
 * on top of the other until nothing is left, so the last one built runs first. A call that
 * returned a restart code fails with EINTR or is repeated, as the first handler's SA_RESTART
 * says; without a handler it is always repeated (by restart_syscall for timeouts).
 */
#include "kernel/signal/signal.h"

#include "abi/errno.h"
#include "abi/linux/syscall.h"
#include "abi/linux/wait.h"
#include "kernel/debug/crash.h"
#include "kernel/debug/trace.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/uaccess.h"
#include "kernel/time/timer.h"
#include "kernel/tty/tty.h"
#include "kernel/task/coredump.h"
#include "kernel/x86_64/sigframe.h"
#include "lib/string.h"

#define SYSCALL_INSN_SIZE 2u /* 0f 05 */

/* --- what is pending --- */

u64 signal_pending_set(struct thread *t)
{
	struct sighand *sh = sighand_lock(t->process);
	u64 set = t->pending.set | t->process->pending.set;

	sighand_unlock(sh);
	return set;
}

static bool outside_noted(const struct process *p)
{
	return atomic_load(&p->sig.outside) != 0 || atomic_load(&p->sig.outside_typed) != 0;
}

void signal_recalc_locked(struct thread *t)
{
	u64 set = (t->pending.set | t->process->pending.set) & ~t->sig_mask;

	if (set == 0 && !(atomic_load(&t->work) & WORK_STOP))
		atomic_and(&t->work, ~(u32)WORK_SIGNAL);
	else
		atomic_or(&t->work, WORK_SIGNAL);
	/* A host signal handler may have noted one just now: looked at after the clearing. */
	if (outside_noted(t->process))
		atomic_or(&t->work, WORK_SIGNAL);
}

void signal_recalc(struct thread *t)
{
	struct sighand *sh = sighand_lock(t->process);

	signal_recalc_locked(t);
	sighand_unlock(sh);
}

void signal_retarget_locked(struct thread *t, u64 set)
{
	struct process *p = t->process;
	struct thread *other;

	set &= p->pending.set;
	list_for_each(other, &p->threads, group_link) {
		u64 takes = set & ~other->sig_mask;

		if (set == 0)
			break;
		if (other == t || takes == 0)
			continue;
		set &= ~takes;
		atomic_or(&other->work, WORK_SIGNAL);
		other->sig.marked = true;
	}
}

void signal_set_mask(u64 mask)
{
	struct thread *t = current();
	struct process *p = t->process;
	struct sighand *sh;
	u64 closed;

	mask &= ~SIGS_UNBLOCKABLE;
	sh = sighand_lock(p);
	closed = mask & ~t->sig_mask;
	t->sig_mask = mask;
	signal_retarget_locked(t, closed);
	signal_recalc_locked(t);
	sighand_unlock(sh);
	if (closed & atomic_load(&p->pending.set))
		signal_wake_marked(p);
}

int signal_use_mask_user(uaddr_t set, u64 size)
{
	struct thread *t = current();
	u64 mask;

	if (set == 0)
		return 0;
	if (size != LINUX_SIGSET_SIZE)
		return -EINVAL;
	if (copy_in_struct(&mask, set) < 0)
		return -EFAULT;
	t->saved_mask = t->sig_mask;
	atomic_or(&t->work, WORK_RESTORE_MASK);
	signal_set_mask(mask);
	return 0;
}

void signal_restore_mask(void)
{
	struct thread *t = current();

	if (!(atomic_load_relaxed(&t->work) & WORK_RESTORE_MASK))
		return;
	atomic_and(&t->work, ~(u32)WORK_RESTORE_MASK);
	signal_set_mask(t->saved_mask);
}

/* --- taking one out --- */

static int lowest(u64 set)
{
	u64 first = set & SIGS_SYNCHRONOUS;

	return set == 0 ? 0 : __builtin_ctzll(first != 0 ? first : set) + 1;
}

/* Take the oldest entry of sig; its information, or the little that is known without. */
static void take_locked(struct signal_queue *q, int sig, struct linux_siginfo *ret,
			struct list *removed)
{
	struct signal_entry *e, *found = NULL;
	bool more = false;

	list_for_each(e, &q->entries, link) {
		if (e->info.si_signo != sig)
			continue;
		if (found != NULL) {
			more = true;
			break;
		}
		found = e;
	}
	if (!more)
		q->set &= ~SIG_BIT(sig);
	if (found == NULL) {
		memset(ret, 0, sizeof(*ret));
		ret->si_signo = sig;
		return;
	}
	*ret = found->info;
	list_del(&found->link);
	list_add_tail(removed, &found->link);
}

/* A fault's signal is taken before all others of the thread, as its registers are at it. */
static struct signal_entry *synchronous_locked(struct thread *t, u64 set)
{
	struct signal_entry *e;

	if (!(t->pending.set & set & SIGS_SYNCHRONOUS))
		return NULL;
	list_for_each(e, &t->pending.entries, link)
		if (e->info.si_code > LINUX_SI_USER &&
		    (SIG_BIT(e->info.si_signo) & set & SIGS_SYNCHRONOUS))
			return e;
	return NULL;
}

int signal_dequeue_locked(struct thread *t, u64 set, struct linux_siginfo *ret,
			  struct list *removed)
{
	struct signal_queue *q = &t->pending;
	struct signal_entry *e = synchronous_locked(t, set);
	int sig;

	if (e != NULL) {
		sig = e->info.si_signo;
	} else {
		sig = lowest(q->set & set);
		if (sig == 0) {
			q = &t->process->pending;
			sig = lowest(q->set & set);
		}
	}
	if (sig != 0)
		take_locked(q, sig, ret, removed);
	return sig;
}

/* The taken entry's afterlife: a POSIX timer's goes back to the timer, others are freed. */
static void taken(struct list *removed, struct linux_siginfo *info)
{
	if (list_empty(removed))
		return;
	struct signal_entry *e = list_first(removed, struct signal_entry, link);

	if (e->timer != NULL) {
		list_del(&e->link);
		posix_timer_signal_taken(e->timer, info);
		return;
	}
	signal_free_entries(removed);
}

int signal_dequeue(struct thread *t, u64 set, struct linux_siginfo *ret)
{
	struct list removed = LIST_INIT(removed);
	struct sighand *sh = sighand_lock(t->process);
	int sig = signal_dequeue_locked(t, set, ret, &removed);

	signal_recalc_locked(t);
	sighand_unlock(sh);
	taken(&removed, ret);
	return sig;
}

/* --- deciding --- */

/* What is to be done about a signal that was taken out. */
enum verdict {
	VERDICT_NONE,   /* nothing is pending */
	VERDICT_AGAIN,  /* ignored */
	VERDICT_HANDLE, /* run the handler */
	VERDICT_STOP,   /* the stop has been begun, or must be if the group is not orphaned */
	VERDICT_TTY_STOP,
	VERDICT_EXIT,
};

static enum verdict judge_locked(struct sighand *sh, int sig, struct signal_delivery *d)
{
	struct linux_sigaction *sa = &sh->action[sig];

	d->action = *sa;
	if (sa->handler == LINUX_SIG_IGN)
		return VERDICT_AGAIN;
	if (sa->handler != LINUX_SIG_DFL) {
		if (sa->flags & LINUX_SA_RESETHAND)
			sa->handler = LINUX_SIG_DFL;
		return VERDICT_HANDLE;
	}
	if (SIG_BIT(sig) & SIGS_DEFAULT_IGNORE)
		return VERDICT_AGAIN;
	if (sig == LINUX_SIGSTOP)
		return VERDICT_STOP;
	return SIG_BIT(sig) & SIGS_STOP ? VERDICT_TTY_STOP : VERDICT_EXIT;
}

static enum verdict next_signal(struct thread *t, struct signal_delivery *d)
{
	struct list removed = LIST_INIT(removed);
	struct process *p = t->process;
	struct sighand *sh = sighand_lock(p);
	enum verdict v = VERDICT_NONE;
	int sig = signal_dequeue_locked(t, ~t->sig_mask, &d->info, &removed);

	if (sig != 0) {
		v = judge_locked(sh, sig, d);
		if (v == VERDICT_STOP)
			signal_stop_begin_locked(t, sig);
	}
	signal_recalc_locked(t);
	sighand_unlock(sh);
	taken(&removed, &d->info);
	return v;
}

/* SIGTSTP and its like: not for groups that nobody could continue. */
static void tty_stop(struct thread *t, int sig)
{
	struct process *p = t->process;
	struct sighand *sh;

	if (signal_group_orphaned(p->pgid))
		return;
	sh = sighand_lock(p);
	/* A SIGCONT or SIGKILL in the meantime wins. */
	if (!((p->pending.set | t->pending.set) &
	      (SIG_BIT(LINUX_SIGCONT) | SIG_BIT(LINUX_SIGKILL))))
		signal_stop_begin_locked(t, sig);
	sighand_unlock(sh);
}

/* --- restarts --- */

static bool restart_code(s64 result)
{
	return result == -ERESTARTSYS || result == -ERESTARTNOINTR ||
	       result == -ERESTARTNOHAND || result == -ERESTART_RESTARTBLOCK;
}

static bool awaits_restart(const struct regs *regs)
{
	return regs->orig_ax != (u64)-1 && restart_code((s64)regs->ax);
}

static void call_again(struct regs *regs, u64 number)
{
	regs->ax = number;
	regs->ip -= SYSCALL_INSN_SIZE;
}

/* A handler is about to run: decide what the interrupted call becomes. */
static void restart_with_handler(struct regs *regs, const struct linux_sigaction *sa)
{
	s64 result = (s64)regs->ax;

	if (!awaits_restart(regs))
		return;
	if (result == -ERESTARTNOINTR ||
	    (result == -ERESTARTSYS && (sa->flags & LINUX_SA_RESTART)))
		call_again(regs, regs->orig_ax);
	else
		regs->ax = (u64)-EINTR;
}

static void restart_without_handler(struct regs *regs)
{
	if (!awaits_restart(regs))
		return;
	if ((s64)regs->ax == -ERESTART_RESTARTBLOCK)
		call_again(regs, LINUX_SYS_restart_syscall);
	else
		call_again(regs, regs->orig_ax);
}

s64 signal_restart_with(s64 (*fn)(struct thread *t))
{
	current()->restart_fn = fn;
	return -ERESTART_RESTARTBLOCK;
}

/* --- delivering --- */

/* The handler's mask: what it asks for and, unless SA_NODEFER, its own signal. */
static void frame_built(struct thread *t, const struct signal_delivery *d)
{
	u64 mask = t->sig_mask | d->action.mask;

	if (!(d->action.flags & LINUX_SA_NODEFER))
		mask |= SIG_BIT(d->info.si_signo);
	atomic_and(&t->work, ~(u32)WORK_RESTORE_MASK);
	signal_set_mask(mask);
	if (t->altstack.ss_flags & (s32)LINUX_SS_AUTODISARM)
		t->altstack = (struct linux_stack_t){ .ss_flags = LINUX_SS_DISABLE };
}

static void handle(struct thread *t, const struct signal_delivery *d)
{
	bool saved = atomic_load_relaxed(&t->work) & WORK_RESTORE_MASK;

	restart_with_handler(t->regs, &d->action);
	if (sigframe_build(t, d, saved ? t->saved_mask : t->sig_mask) == 0)
		frame_built(t, d);
	else if (d->info.si_signo == LINUX_SIGSEGV)
		signal_force_fatal(LINUX_SIGSEGV);
	else
		signal_force_kernel(LINUX_SIGSEGV);
}

static void deliver_one(struct thread *t)
{
	struct signal_delivery d;

	enum verdict verdict = next_signal(t, &d);

	if (unlikely(trace_active) && verdict != VERDICT_NONE)
		trace_signal(t, &d.info, verdict == VERDICT_EXIT);
	switch (verdict) {
	case VERDICT_NONE:
	case VERDICT_AGAIN:
		break;
	case VERDICT_HANDLE:
		handle(t, &d);
		break;
	case VERDICT_STOP:
		signal_wake_marked(t->process);
		break;
	case VERDICT_TTY_STOP:
		tty_stop(t, d.info.si_signo);
		signal_wake_marked(t->process);
		break;
	case VERDICT_EXIT:
		crash_record(t, &d.info);
		process_exit(LINUX_W_SIGNALED(d.info.si_signo, coredump_write(t, &d.info)));
	}
}

/* --- from outside the sandbox --- */

void signal_from_outside(int sig, bool typed)
{
	struct thread *t = current();

	if (!signal_valid(sig) || t == NULL || t->process == NULL)
		return;
	atomic_or(typed ? &t->process->sig.outside_typed : &t->process->sig.outside,
		  SIG_BIT(sig));
	atomic_or(&t->work, WORK_SIGNAL);
}

void signal_send_outside(struct process *p)
{
	u64 sent = atomic_xchg(&p->sig.outside, 0);
	u64 typed = atomic_xchg(&p->sig.outside_typed, 0);

	for (int sig = 1; sig <= LINUX_NSIG; sig++) {
		if (typed & SIG_BIT(sig))
			tty_signal_from_outside(sig, true);
		if (sent & SIG_BIT(sig))
			tty_signal_from_outside(sig, false);
	}
}

void signal_return_work(struct thread *t)
{
	for (;;) {
		u32 work = atomic_load(&t->work);

		if (work & (WORK_EXIT | WORK_EXEC))
			thread_exit(t->process->exit_code);
		if (work & WORK_REMAP) {
			mm_refresh();
		} else if (work & WORK_STOP) {
			signal_stop_wait(t);
		} else if (outside_noted(t->process)) {
			signal_send_outside(t->process);
			signal_recalc(t);
		} else if (work & WORK_SIGNAL) {
			deliver_one(t);
		} else {
			/* No handler ran for the call, or it has been dealt with. */
			restart_without_handler(t->regs);
			if (!(work & WORK_RESTORE_MASK))
				return;
			signal_restore_mask();
		}
	}
}
