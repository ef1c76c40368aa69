/*
 * Job control: stopping and continuing whole processes, and telling their parents.
 *
 * OVERVIEW. A stop signal taken by one thread asks all threads of the process to stop
 * (WORK_STOP); each sleeps in signal_stop_wait() until SIGCONT or SIGKILL clears
 * process.sig.stop_signal. The last one to stop completes the stop and tells the parent.
 * A thread that another process traces (kernel/task/ptrace.c) sleeps there, too.
 */
#include "kernel/signal/signal.h"

#include "abi/errno.h"
#include "kernel/task/ptrace.h"
#include "kernel/task/table.h"
#include "kernel/time/time.h"
#include "kernel/tty/tty.h"
#include "lib/string.h"
#include "platform/plat.h"

static bool all_stopped_locked(const struct process *p)
{
	const struct thread *t;

	list_for_each(t, &p->threads, group_link)
		if (!t->sig.stopped)
			return false;
	return true;
}

void signal_stop_begin_locked(struct thread *t, int sig)
{
	struct process *p = t->process;
	struct thread *other;

	p->sig.stop_signal = sig;
	p->sig.stop_complete = false;
	list_for_each(other, &p->threads, group_link) {
		atomic_or(&other->work, WORK_STOP | WORK_SIGNAL);
		other->sig.marked = other != t;
	}
}

bool signal_stop_complete_locked(struct process *p)
{
	if (p->sig.stop_signal == 0 || p->sig.stop_complete || list_empty(&p->threads) ||
	    !all_stopped_locked(p))
		return false;
	p->sig.stop_complete = true;
	p->sig.stop_unreported = p->sig.stop_signal;
	p->sig.continue_unreported = false;
	return true;
}

void signal_stop_wait(struct thread *t)
{
	struct process *p = t->process;
	struct sighand *sh = sighand_lock(p);
	int sig = p->sig.stop_signal;
	u32 trace = t->sig.trace_stop;
	bool complete = false;

	atomic_and(&t->work, ~(u32)WORK_STOP);
	if (sig != 0) {
		t->sig.stopped = true;
		complete = signal_stop_complete_locked(p);
	}
	sighand_unlock(sh);
	if (sig == 0 && trace == 0)
		return;
	if (trace != 0)
		ptrace_stopped(t, trace);
	if (complete)
		signal_notify_parent(p, LINUX_CLD_STOPPED, sig);
	if (complete && p == sandbox->first && user_tty() != NULL)
		plat_stopped(sig);
	for (;;) {
		u32 seq = thread_sleep_begin();

		/* A stop of the other kind begins: come again for both. */
		if ((atomic_load(&t->work) & (WORK_EXIT | WORK_EXEC)) ||
		    atomic_load(&t->sig.trace_stop) != trace ||
		    (trace == 0 && atomic_load(&p->sig.stop_signal) == 0))
			break;
		(void)!thread_sleep(seq, NO_DEADLINE, false);
	}
	sh = sighand_lock(p);
	t->sig.stopped = false;
	signal_recalc_locked(t);
	sighand_unlock(sh);
}

bool signal_continue_locked(struct process *p)
{
	bool was_stopped = p->sig.stop_complete;
	struct thread *t;

	if (p->sig.stop_signal == 0)
		return false;
	atomic_store(&p->sig.stop_signal, 0);
	p->sig.stop_complete = false;
	p->sig.stop_unreported = 0;
	p->sig.continue_unreported = was_stopped;
	list_for_each(t, &p->threads, group_link) {
		atomic_or(&t->work, WORK_SIGNAL);
		t->sig.marked = true;
	}
	return was_stopped;
}

/* Linux: do_notify_parent_cldstop. task_lock is held: it keeps the parent. */
void signal_notify_parent_locked(struct process *p, int code, int status)
{
	struct process *parent = p->parent;
	struct linux_siginfo info = {
		.si_signo = LINUX_SIGCHLD,
		.si_code = code,
		.chld.pid = p->pid,
		.chld.uid = p->cred.uid,
		.chld.status = status,
	};
	struct linux_rusage usage;

	if (parent == NULL)
		return;
	time_usage_of(p, &usage);
	info.chld.utime = (s64)(timeval_to_ns(&usage.ru_utime) / (NS_PER_SEC / LINUX_USER_HZ));
	info.chld.stime = (s64)(timeval_to_ns(&usage.ru_stime) / (NS_PER_SEC / LINUX_USER_HZ));

	struct sighand *sh = sighand_lock(parent);
	const struct linux_sigaction *sa = &sh->action[LINUX_SIGCHLD];
	bool wanted = sa->handler != LINUX_SIG_IGN && !(sa->flags & LINUX_SA_NOCLDSTOP);

	sighand_unlock(sh);
	if (wanted)
		signal_send_process(parent, &info);
	waitq_wake_all(&parent->child_wait);
}

void signal_notify_parent(struct process *p, int code, int status)
{
	task_lock();
	signal_notify_parent_locked(p, code, status);
	task_unlock();
}

int signal_stop_report(struct process *child, bool consume)
{
	struct sighand *sh = sighand_lock(child);
	int sig = child->sig.stop_unreported;

	if (consume)
		child->sig.stop_unreported = 0;
	sighand_unlock(sh);
	return sig;
}

bool signal_continue_report(struct process *child, bool consume)
{
	struct sighand *sh = sighand_lock(child);
	bool yes = child->sig.continue_unreported;

	if (consume)
		child->sig.continue_unreported = false;
	sighand_unlock(sh);
	return yes;
}

/* The first process has a parent outside, who can continue it: the user's shell. */
bool signal_is_watched_locked(const struct process *p)
{
	if (p == sandbox->first)
		return user_tty() != NULL;
	return p->parent != NULL && p->parent != sandbox->reaper &&
	       p->parent->pgid != p->pgid && p->parent->sid == p->sid;
}

/*
 * A process group nobody of its session but outside of the group watches: its members could
 * never be continued, so the terminal's stop signals do nothing to them (POSIX).
 */
bool signal_group_orphaned(s32 pgid)
{
	const struct process *p;
	bool orphaned = true;

	task_lock();
	list_for_each(p, &sandbox->processes, all_link)
		if (p->pgid == pgid && !list_empty(&p->threads) && signal_is_watched_locked(p))
			orphaned = false;
	task_unlock();
	return orphaned;
}

struct process *process_after(s32 pid)
{
	struct process *p, *best = NULL;

	task_lock();
	list_for_each(p, &sandbox->processes, all_link)
		if (p->pid > pid && p->sighand != NULL && /* NULL: still being made */
		    (best == NULL || p->pid < best->pid))
			best = p;
	if (best != NULL)
		process_get(best);
	task_unlock();
	return best;
}
