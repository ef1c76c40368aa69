/*
 * Sending signals: queues, what is dropped, who is woken.
 *
 * LINUX BEHAVIOUR (kernel/signal.c, signal(7), sigqueue(3)). A standard signal is pending
 * once, a real-time signal as often as it was sent. A signal whose action is to be ignored is
 * dropped unless it is blocked. Stop signals take SIGCONT out of the queues and the other way
 * round. A process-directed signal goes to the main thread if that wants it, else to one
 * that does. Information about a signal that cannot be queued is lost for standard
 * signals; for real-time ones sigqueue fails with EAGAIN.
 *
 */
#include "kernel/signal/signal.h"

#include "abi/errno.h"
#include "abi/linux/capability.h"
#include "kernel/debug/trace.h"
#include "kernel/mm/heap.h"
#include "kernel/task/user.h"
#include "kernel/time/timer.h"
#include "lib/string.h"
#include "platform/plat.h"

struct sighand *sighand_lock(struct process *p)
{
	for (;;) {
		struct sighand *sh = atomic_load(&p->sighand);

		lock_acquire(&sh->lock);
		if (likely(sh == atomic_load(&p->sighand)))
			return sh;
		lock_release(&sh->lock); /* exec replaced it */
	}
}

void sighand_unlock(struct sighand *sh)
{
	lock_release(&sh->lock);
}

/* --- waking --- */

/* Make t look at its work soon: it sleeps, runs guest code, or is in a host call. */
static void thread_poke(struct thread *t)
{
	if (t == current())
		return;
	thread_wake(t);
	if (!atomic_load(&t->sleeping))
		plat_kick(t);
}

static void mark_locked(struct thread *t, u32 work)
{
	atomic_or(&t->work, work);
	t->sig.marked = true;
}

void signal_wake_marked(struct process *p)
{
	for (;;) {
		struct sighand *sh = sighand_lock(p);
		struct thread *t, *found = NULL;

		list_for_each(t, &p->threads, group_link) {
			if (t->sig.marked) {
				t->sig.marked = false;
				found = thread_get(t);
				break;
			}
		}
		sighand_unlock(sh);
		if (found == NULL)
			return;
		thread_poke(found);
		thread_put(found);
	}
}

/* --- queues --- */

void signal_flush_locked(struct signal_queue *q, u64 set, struct list *removed)
{
	struct signal_entry *e, *next;

	if (!(q->set & set))
		return;
	q->set &= ~set;
	list_for_each_safe(e, next, &q->entries, link) {
		if (SIG_BIT(e->info.si_signo) & set) {
			list_del(&e->link);
			list_add_tail(removed, &e->link);
		}
	}
}

static void entry_free(struct signal_entry *e)
{
	atomic_sub(&e->user->signals, 1);
	kfree(e);
}

void signal_free_entries(struct list *removed)
{
	struct signal_entry *e, *next;

	list_for_each_safe(e, next, removed, link) {
		list_del(&e->link);
		if (e->timer != NULL) {
			posix_timer_signal_flushed(e->timer);
		} else {
			entry_free(e);
		}
	}
}

/* Room for one more, or NULL: the limit is reached or there is no memory. */
static struct signal_entry *entry_create(struct process *p, const struct linux_siginfo *info)
{
	/* Linux: standard signals from the kernel or kill(2) are queued beyond the limit. */
	bool exempt = info->si_signo < LINUX_SIGRTMIN && info->si_code >= 0;
	u64 limit = atomic_load_relaxed(&p->rlimits[LINUX_RLIMIT_SIGPENDING].rlim_cur);
	struct user *user = user_find(p->cred.uid);
	struct signal_entry *e;

	if (atomic_add(&user->signals, 1) >= limit && !exempt)
		goto undo;
	e = kzalloc(sizeof(*e));
	if (e == NULL)
		goto undo;
	list_init(&e->link);
	e->info = *info;
	e->user = user;
	return e;
undo:
	atomic_sub(&user->signals, 1);
	return NULL;
}

/* --- the decision --- */

static bool action_ignores(const struct sighand *sh, int sig)
{
	uaddr_t handler = sh->action[sig].handler;

	return handler == LINUX_SIG_IGN ||
	       (handler == LINUX_SIG_DFL && (SIG_BIT(sig) & SIGS_DEFAULT_IGNORE));
}

/* A blocked signal is kept even when ignored now: the action may change before it is open. */
static bool drops_locked(const struct sighand *sh, const struct thread *t, int sig)
{
	if (t != NULL && ((t->sig_mask | t->sig.real_mask) & SIG_BIT(sig)))
		return false;
	return action_ignores(sh, sig);
}

static bool wants(struct thread *t, int sig)
{
	if (t->sig_mask & SIG_BIT(sig))
		return false;
	if (sig == LINUX_SIGKILL)
		return true;
	if (t->sig.stopped)
		return false;
	return t == current() || !(atomic_load(&t->work) & WORK_SIGNAL);
}

static struct thread *first_thread(struct process *p)
{
	return list_empty(&p->threads) ? NULL : list_first(&p->threads, struct thread, group_link);
}

/* Which thread shall look: the one meant, or the main one, or any that wants the signal. */
static struct thread *choose_locked(struct process *p, struct thread *only, int sig)
{
	struct thread *t;

	if (only != NULL)
		return wants(only, sig) ? only : NULL;
	list_for_each(t, &p->threads, group_link)
		if (wants(t, sig))
			return t;
	return NULL;
}

/* Signals that cancel each other. True when the parent must hear of a continuation. */
static bool prepare_locked(struct process *p, int sig, struct list *removed)
{
	u64 cancel = 0;
	struct thread *t;

	if (SIG_BIT(sig) & SIGS_STOP)
		cancel = SIG_BIT(LINUX_SIGCONT);
	else if (sig == LINUX_SIGCONT)
		cancel = SIGS_STOP;
	if (cancel != 0) {
		signal_flush_locked(&p->pending, cancel, removed);
		list_for_each(t, &p->threads, group_link)
			signal_flush_locked(&t->pending, cancel, removed);
	}
	if (sig == LINUX_SIGCONT)
		return signal_continue_locked(p);
	if (sig == LINUX_SIGKILL && signal_continue_locked(p))
		p->sig.continue_unreported = false;
	return false;
}

/* Put the signal in and mark who looks. True: entry was used. */
static bool queue_locked(struct process *p, struct thread *only, int sig,
			 struct signal_entry *entry)
{
	struct signal_queue *q = only != NULL ? &only->pending : &p->pending;
	struct thread *target;
	bool used = false;

	/* Linux: a timer's own entry is queued even beside another of its number. */
	if (sig < LINUX_SIGRTMIN && (q->set & SIG_BIT(sig)) &&
	    (entry == NULL || entry->timer == NULL))
		return false;
	if (entry != NULL && list_empty(&entry->link)) {
		if (entry->timer != NULL)
			posix_timer_fill_info(entry->timer, &entry->info);
		list_add_tail(&q->entries, &entry->link);
		used = true;
	}
	q->set |= SIG_BIT(sig);
	/* Linux: the group's end is decided here, though a thread may find another signal first. */
	if (sig == LINUX_SIGKILL)
		atomic_store(&p->sig.killed, true);
	target = choose_locked(p, only, sig);
	if (target != NULL)
		mark_locked(target, WORK_SIGNAL);
	return used;
}

/*
 * The common way. entry: already made (timers) or NULL; then one is made unless the signal
 * is SIGKILL, which carries nothing. *ret_used says whether a given entry is queued now.
 */
static int signal_send(struct process *p, struct thread *only, const struct linux_siginfo *info,
		       struct signal_entry *entry, bool *ret_used)
{
	int sig = info->si_signo;
	struct signal_entry *own = NULL;
	struct list removed = LIST_INIT(removed);
	struct thread *ignoring = NULL;
	bool used = false, continued = false, kept = false;
	int err = 0;

	if (entry == NULL && sig != LINUX_SIGKILL)
		own = entry_create(p, info);

	struct sighand *sh = sighand_lock(p);

	/* Who is ending gets nothing any more. */
	if (!p->exiting && first_thread(p) != NULL &&
	    (only == NULL || !list_empty(&only->group_link))) {
		continued = prepare_locked(p, sig, &removed);
		kept = !drops_locked(sh, only != NULL ? only : first_thread(p), sig);
		if (unlikely(trace_active) && !kept)
			ignoring = thread_get(only != NULL ? only : first_thread(p));
	}
	if (kept && entry == NULL && own == NULL && sig >= LINUX_SIGRTMIN &&
	    info->si_code != LINUX_SI_USER)
		err = -EAGAIN;
	else if (kept)
		used = queue_locked(p, only, sig, entry != NULL ? entry : own);
	sighand_unlock(sh);

	if (unlikely(ignoring != NULL)) {
		trace_signal_ignored(ignoring, info);
		thread_put(ignoring);
	}
	if (own != NULL && !used)
		list_add_tail(&removed, &own->link);
	signal_free_entries(&removed);
	signal_wake_marked(p);
	if (kept)
		waitq_wake_all(signal_readers(p));
	if (continued)
		signal_notify_parent(p, LINUX_CLD_CONTINUED, LINUX_SIGCONT);
	if (ret_used != NULL)
		*ret_used = used;
	return err;
}

int signal_send_thread(struct thread *t, const struct linux_siginfo *info)
{
	return signal_send(t->process, t, info, NULL, NULL);
}

int signal_send_process(struct process *p, const struct linux_siginfo *info)
{
	return signal_send(p, NULL, info, NULL, NULL);
}

bool signal_send_entry(struct process *p, struct thread *t, int sig, struct signal_entry *entry)
{
	struct linux_siginfo info = { .si_signo = sig, .si_code = LINUX_SI_TIMER };
	bool used;

	signal_send(p, t, &info, entry, &used);
	return used;
}

void signal_info_user(struct linux_siginfo *info, int sig, int code)
{
	const struct process *p = current()->process;

	memset(info, 0, sizeof(*info));
	info->si_signo = sig;
	info->si_code = code;
	info->kill.pid = p->pid;
	info->kill.uid = p->cred.uid;
}

void signal_send_self(int sig)
{
	struct linux_siginfo info;

	signal_info_user(&info, sig, LINUX_SI_USER);
	signal_send_thread(current(), &info);
}

void signal_send_group(s32 pgid, int sig)
{
	struct linux_siginfo info = { .si_signo = sig, .si_code = LINUX_SI_KERNEL };
	struct process *p;

	for (s32 pid = 0; (p = process_after(pid)) != NULL; process_put(p)) {
		pid = p->pid;
		if (p->pgid == pgid)
			signal_send_process(p, &info);
	}
}

/* --- to oneself, without escape --- */

/* fatal: the action is reset even if it is a handler. */
static void force(const struct linux_siginfo *info, bool fatal)
{
	struct thread *t = current();
	int sig = info->si_signo;
	struct signal_entry *entry = entry_create(t->process, info);
	struct sighand *sh = sighand_lock(t->process);
	struct linux_sigaction *sa = &sh->action[sig];
	bool blocked = t->sig_mask & SIG_BIT(sig);
	bool used;

	if (fatal || blocked || sa->handler == LINUX_SIG_IGN)
		sa->handler = LINUX_SIG_DFL;
	t->sig_mask &= ~SIG_BIT(sig);
	used = queue_locked(t->process, t, sig, entry);
	/* It may have been pending and blocked before. */
	atomic_or(&t->work, WORK_SIGNAL);
	t->sig.marked = false;
	sighand_unlock(sh);
	if (entry != NULL && !used)
		entry_free(entry);
}

void signal_force(const struct linux_siginfo *info)
{
	force(info, false);
}

void signal_force_kernel(int sig)
{
	struct linux_siginfo info = { .si_signo = sig, .si_code = LINUX_SI_KERNEL };

	force(&info, false);
}

void signal_force_fatal(int sig)
{
	struct linux_siginfo info = { .si_signo = sig, .si_code = LINUX_SI_KERNEL };

	force(&info, true);
}

#define TRAP_PAGE_FAULT 14u

void signal_fault(struct thread *t, int sig, int code, uaddr_t addr, u64 trapno, u64 err)
{
	struct linux_siginfo info = { .si_signo = sig, .si_code = code, .fault.addr = addr };

	t->fault_trapno = trapno;
	t->fault_err = err;
	if (trapno == TRAP_PAGE_FAULT)
		t->fault_cr2 = addr;
	force(&info, false);
}

/* --- permission --- */

int signal_check_permission(struct process *p, int sig)
{
	const struct process *me = current()->process;
	const struct cred *c = &me->cred, *target = &p->cred;

	if (sig != 0 && !signal_valid(sig))
		return -EINVAL;
	if (p == me || c->euid == target->suid || c->euid == target->uid ||
	    c->uid == target->suid || c->uid == target->uid)
		return 0;
	if (c->cap_effective >> LINUX_CAP_KILL & 1)
		return 0;
	if (sig == LINUX_SIGCONT && p->sid == me->sid)
		return 0;
	return -EPERM;
}
