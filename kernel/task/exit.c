/*
 * The end of threads and processes.
 *
 * OVERVIEW. Every thread runs its own end, in thread_exit(): a group that is to end marks
 * the others (WORK_EXIT), who come here by themselves. The last thread gives up what the
 * group held, turns the process into a zombie, hands its children to the nearest reaper
 * and tells its parent. The host side ends last, so a host process that is gone without
 * having left a zombie died uncleanly, and the sandbox's reaper sees it; or it goes on as a
 * blank (nursery.h).
 */
#include "abi/errno.h"
#include "abi/linux/wait.h"
#include "kernel/boot.h"
#include "kernel/debug/trace.h"
#include "kernel/fs/host/host.h"
#include "kernel/fs/over/over.h"
#include "kernel/ipc/ipc.h"
#include "kernel/mm/mm.h"
#include "kernel/signal/signal.h"
#include "kernel/sync/futex.h"
#include "kernel/sys/syscall.h"
#include "kernel/task/exit.h"
#include "kernel/task/fork.h"
#include "kernel/task/nursery.h"
#include "kernel/task/ptrace.h"
#include "kernel/task/table.h"
#include "kernel/time/time.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/namei.h"
#include "platform/plat.h"

/* Who adopts the children of p: the nearest ancestor that asked to, else the reaper. */
static struct process *adopter_locked(struct process *p)
{
	for (struct process *a = p->parent; a != NULL; a = a->parent)
		if (a->attr.child_subreaper && !a->exiting)
			return a;
	return sandbox->reaper;
}

/* Does the parent not want to hear of its children's end? */
static bool autoreap(struct process *p, struct process *parent)
{
	if (parent == sandbox->reaper)
		return true;
	if (p->exit_signal != LINUX_SIGCHLD)
		return false;
	struct sighand *sh = sighand_lock(parent);
	const struct linux_sigaction *sa = &sh->action[LINUX_SIGCHLD];
	bool yes = sa->handler == LINUX_SIG_IGN || (sa->flags & LINUX_SA_NOCLDWAIT);

	sighand_unlock(sh);
	return yes;
}

void exit_info(struct process *p, struct linux_siginfo *info)
{
	int status = p->exit_code;

	*info = (struct linux_siginfo){ .si_signo = p->exit_signal };
	info->chld.pid = p->pid;
	info->chld.uid = p->cred.uid;
	if (LINUX_WIFEXITED(status)) {
		info->si_code = LINUX_CLD_EXITED;
		info->chld.status = LINUX_WEXITSTATUS(status);
	} else {
		info->si_code = LINUX_WCOREDUMP(status) ? LINUX_CLD_DUMPED : LINUX_CLD_KILLED;
		info->chld.status = LINUX_WTERMSIG(status);
	}
}

/* Children get a new parent; those that have ended already are that one's to wait for. */
static void reparent_locked(struct process *p, struct process **ret_wake)
{
	struct process *to = adopter_locked(p), *child, *next;

	*ret_wake = NULL;
	list_for_each_safe(child, next, &p->children, sibling) {
		process_set_parent_locked(child, to);
		child->exit_signal = LINUX_SIGCHLD;
		if (child->zombie && to == sandbox->reaper) {
			process_unlink_locked(child);
			process_put(child);
		} else if (child->zombie) {
			*ret_wake = to;
		} else if (child->attr.pdeath_signal != 0) {
			struct linux_siginfo info;

			signal_info_user(&info, child->attr.pdeath_signal, LINUX_SI_USER);
			signal_send_process(child, &info);
		}
	}
}

/* The group's last thread: nothing of the process is left but a zombie. */
static void process_end(struct process *p)
{
	struct process *parent, *adopter;
	struct linux_siginfo info;
	struct file *exe;
	struct mm *mm;

	time_process_exit(p);
	ipc_process_exit(p);
	lock_acquire(&p->lock); /* /proc of others may be looking */
	mm = TAKE(p->mm);
	exe = TAKE(p->exe);
	lock_release(&p->lock);
	mm_host_check(mm);
	mm_put(mm);
	file_put(exe);
	session_exit(p);
	if (p == sandbox->first)
		over_end();
	task_lock();
	ptrace_process_exit_locked(p);
	reparent_locked(p, &adopter);
	parent = process_get(p->parent);
	exit_info(p, &info);
	if (p == sandbox->first) {
		sandbox->status = p->exit_code;
		sandbox->ended = true;
	}
	sandbox->process_count--;
	/* Linux: one that is not waited for is never seen as a zombie. */
	bool reap = autoreap(p, parent);

	atomic_store(&p->zombie, true);
	if (reap)
		process_unlink_locked(p);
	task_unlock();
	if (adopter != NULL)
		waitq_wake_all(&adopter->child_wait);
	waitq_wake_all(&p->vfork_wait);
	if (p->exit_signal != 0 && parent != sandbox->reaper)
		signal_send_process(parent, &info);
	waitq_wake_all(&parent->child_wait);
	pidfd_notify(p);
	if (reap)
		process_put(p);
	process_put(parent);
}

static void grave_push(struct thread **stack, struct thread *t)
{
	struct thread *top = atomic_load(stack);

	do
		t->grave_next = top;
	while (!atomic_cas(stack, &top, t));
}

/* The caller is about to leave; it frees those that are known to be gone. */
static void graveyard_add(struct thread *t)
{
	struct thread *gone = atomic_xchg(&sandbox->gone, NULL), *next;

	for (; gone != NULL; gone = next) {
		next = gone->grave_next;
		thread_put(gone);
	}
	grave_push(&sandbox->leaving, t);
}

void graveyard_clear(s32 host_pid)
{
	struct thread *t = atomic_xchg(&sandbox->leaving, NULL), *next;

	for (; t != NULL; t = next) {
		next = t->grave_next;
		grave_push(t->process->host_pid == host_pid ? &sandbox->gone : &sandbox->leaving,
			   t);
	}
}

NORETURN void process_host_end(struct thread *last)
{
	struct thread *t;

	host_watch_stop();
	while ((t = plat_thread_take_left()) != NULL)
		graveyard_add(t);
	/* The sandbox's end need not wait for this process's: they take the host long, both. */
	if (last != NULL && last->process == sandbox->first) {
		atomic_store(&sandbox->left, true);
		plat_reaper_wake();
	}
	if (last != NULL)
		graveyard_add(last);
	plat_process_exit(0);
}

NORETURN void thread_exit(int status)
{
	struct thread *t = current();
	struct process *p = t->process;
	struct fdtable *files;
	struct fs_context *fs;

	t->exit_code = status;
	futex_thread_exit(t);
	task_lock(); /* others may be looking: /proc, pidfd_getfd */
	files = TAKE(t->files);
	fs = TAKE(t->fs);
	task_unlock();
	fdtable_put(files);
	fs_context_put(fs);
	if (t->vfork == NULL) {
		thread_account(t);
		plat_thread_leaving();
	}
	task_lock();
	bool last = --p->thread_count == 0;

	if (last && !p->exiting) {
		p->exiting = true;
		p->exit_code = status;
	}
	io_account_add(&p->io, &t->io);
	signal_thread_detach(t);
	ptrace_thread_exit_locked(t);
	thread_unlist_locked(t);
	sandbox->zombie_count += last;
	struct thread *waiting = p->exec_thread;

	task_unlock();
	if (unlikely(trace_active))
		trace_end(t, status, last);
	if (waiting != NULL)
		thread_wake(waiting);
	if (last)
		process_end(p);
	if (t->vfork != NULL)
		vfork_leave();
	/*
	 * The thread is still current() for the host calls to come. Who sees the host thread
	 * gone has it put: the next user of its kernel stack, or the reaper.
	 */
	if (last && process_host_leave()) {
		nursery_recycle(t);
		process_host_end(t);
	}
	plat_thread_exit();
}

/* Mark every other thread of the group to leave. task_lock is held. */
static void mark_others_locked(struct process *p, u32 work)
{
	struct thread *t;

	list_for_each(t, &p->threads, group_link)
		if (t != current())
			atomic_or(&t->work, work);
}

void threads_kick_others(struct process *p)
{
	struct thread *t;

	task_lock();
	list_for_each(t, &p->threads, group_link)
		if (t != current()) {
			thread_wake(t);
			plat_kick(t);
		}
	task_unlock();
}

NORETURN void process_exit(int status)
{
	struct process *p = current()->process;

	task_lock();
	if (!p->exiting) {
		p->exiting = true;
		p->exit_code = atomic_load(&p->sig.killed) ? LINUX_SIGKILL : status;
		mark_others_locked(p, WORK_EXIT);
	}
	task_unlock();
	threads_kick_others(p);
	thread_exit(p->exit_code);
}

int threads_end_others(void)
{
	struct thread *t = current();
	struct process *p = t->process;

	task_lock();
	if (p->exiting || p->exec_thread != NULL) {
		task_unlock();
		return -ERESTARTNOINTR;
	}
	p->exec_thread = t;
	mark_others_locked(p, WORK_EXEC);
	task_unlock();
	threads_kick_others(p);
	for (;;) {
		u32 seq = thread_sleep_begin();

		if (atomic_load(&p->thread_count) == 1)
			break;
		int err = thread_sleep(seq, NO_DEADLINE, false);

		(void)err; /* woken; look again */
	}
	task_lock();
	p->exec_thread = NULL;
	/* Linux: the thread that execs takes the leader's number. */
	if (t->tid != p->pid) {
		list_del(&t->hash_link);
		t->tid = p->pid;
		thread_rehash_locked(t);
	}
	task_unlock();
	return 0;
}

SYSCALL_DEFINE(exit, int, code)
{
	thread_exit((code & 0xff) << 8);
}

SYSCALL_DEFINE(exit_group, int, code)
{
	process_exit((code & 0xff) << 8);
}
