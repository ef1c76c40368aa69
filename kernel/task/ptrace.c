/*
 * ptrace(2), as far as a program stops the threads of another and looks at their registers.
 *
 * OVERVIEW. Whoever attaches gets the thread into process.tracees and sets its trace_stop, a
 * number that no stop had before, and WORK_STOP; the thread comes to signal_stop_wait() on
 * its way back to the guest, leaves its registers in the shared heap, tells the tracer and
 * sleeps until trace_stop is another: CONT, DETACH and the tracer's end make it 0. Waiting
 * for it is wait.c's. What is in its memory a tracer reads from /proc/PID/mem, with
 * process_vm_readv() or, as LeakSanitizer does, because it shares it.
 *
 * LINUX BEHAVIOUR. The stop is reported as SIGSTOP, also without WUNTRACED and __WALL.
 *
 * NOT DONE. All other requests (ENOSYS); stops at signals, calls and execve: what runs again
 * runs until it is attached to anew; a SIGCHLD for the tracer. Any thread of the tracer's
 * process may make requests.
 */
#include "kernel/task/ptrace.h"

#include "abi/errno.h"
#include "abi/linux/ptrace.h"
#include "abi/linux/uio.h"
#include "abi/linux/wait.h"
#include "kernel/fs/proc/proc.h"
#include "kernel/mm/uaccess.h"
#include "kernel/signal/signal.h"
#include "kernel/sys/syscall.h"
#include "kernel/task/table.h"
#include "kernel/x86_64/tls.h"
#include "lib/string.h"

/* --- the thread's side --- */

void ptrace_stopped(struct thread *t, u32 turn)
{
	struct sighand *sh;
	u64 fs, gs;

	tls_get(&fs, &gs);
	task_lock();
	sh = sighand_lock(t->process);
	if (t->sig.trace_stop == turn) {
		t->start_regs = *t->regs;
		t->trace_fs = fs;
		t->trace_gs = gs;
		t->sig.trace_stopped = t->sig.trace_unreported = true;
	}
	sighand_unlock(sh);
	if (t->tracer != NULL)
		waitq_wake_all(&t->tracer->child_wait);
	task_unlock();
}

int ptrace_report_locked(struct thread *t, bool consume)
{
	struct sighand *sh = sighand_lock(t->process);
	bool yes = t->sig.trace_unreported;

	if (consume)
		t->sig.trace_unreported = false;
	sighand_unlock(sh);
	return yes ? LINUX_W_STOPPED(LINUX_SIGSTOP) : 0;
}

static void go_on_locked(struct thread *t)
{
	struct sighand *sh = sighand_lock(t->process);

	atomic_store(&t->sig.trace_stop, 0);
	t->sig.trace_stopped = t->sig.trace_unreported = false;
	sighand_unlock(sh);
	thread_wake(t);
}

static void untrace_locked(struct thread *t)
{
	list_del(&t->tracee_link);
	t->tracer = NULL;
	go_on_locked(t);
}

void ptrace_thread_exit_locked(struct thread *t)
{
	struct process *tracer = t->tracer;

	if (tracer == NULL)
		return;
	untrace_locked(t);
	waitq_wake_all(&tracer->child_wait);
}

void ptrace_process_exit_locked(struct process *p)
{
	struct thread *t, *next;

	if (list_empty(&p->tracees))
		return; /* nearly always, and none of what follows is touched */
	list_for_each_safe(t, next, &p->tracees, tracee_link)
		untrace_locked(t);
}

/* --- the tracer's side --- */

static s64 attach(s32 tid)
{
	struct process *self = current()->process;
	struct thread *t = thread_find(tid);
	s64 err = 0;

	if (t == NULL)
		return -ESRCH;
	if (t->process == self || t->process == sandbox->reaper ||
	    proc_may_inspect(t->process) < 0) {
		thread_put(t);
		return -EPERM;
	}
	task_lock();
	if (list_empty(&t->hash_link)) {
		err = -ESRCH; /* it has just ended */
	} else if (t->tracer != NULL) {
		err = -EPERM;
	} else {
		struct sighand *sh = sighand_lock(t->process);

		t->tracer = self;
		list_add_tail(&self->tracees, &t->tracee_link);
		t->trace_turn = MAX(t->trace_turn + 1, 1u);
		atomic_store(&t->sig.trace_stop, t->trace_turn);
		atomic_or(&t->work, WORK_STOP | WORK_SIGNAL);
		t->sig.marked = true;
		sighand_unlock(sh);
	}
	task_unlock();
	if (err == 0)
		signal_wake_marked(t->process);
	thread_put(t);
	return err;
}

/* A thread that the caller traces and that is stopped, else NULL. task_lock is held. */
static struct thread *stopped_tracee_locked(s32 tid)
{
	struct thread *t;

	list_for_each(t, &current()->process->tracees, tracee_link)
		if (t->tid == tid && t->sig.trace_stopped)
			return t;
	return NULL;
}

/* DETACH and CONT: it goes on, with signal sig. */
static s64 resume(s32 tid, u64 sig, bool detach)
{
	struct linux_siginfo info;
	struct thread *t;

	if (sig > LINUX_NSIG)
		return -EIO;
	task_lock();
	t = stopped_tracee_locked(tid);
	if (t != NULL) {
		thread_get(t);
		if (detach)
			untrace_locked(t);
		else
			go_on_locked(t);
	}
	task_unlock();
	if (t == NULL)
		return -ESRCH;
	if (sig != 0) {
		signal_info_user(&info, (int)sig, LINUX_SI_USER);
		(void)!signal_send_thread(t, &info);
	}
	thread_put(t);
	return 0;
}

static int registers(s32 tid, struct linux_user_regs *ret)
{
	struct thread *t;

	memset(ret, 0, sizeof(*ret)); /* Linux: so are the selectors of a 64-bit program */
	task_lock();
	t = stopped_tracee_locked(tid);
	if (t != NULL) {
		static_assert(sizeof(t->start_regs) == offsetof(struct linux_user_regs, fs_base),
			      "the same order");
		memcpy(ret, &t->start_regs, sizeof(t->start_regs));
		ret->fs_base = t->trace_fs;
		ret->gs_base = t->trace_gs;
	}
	task_unlock();
	return t == NULL ? -ESRCH : 0;
}

static s64 get_register_set(s32 tid, u64 set, uaddr_t uiov)
{
	struct linux_user_regs regs;
	struct linux_iovec iov;
	int err = registers(tid, &regs);

	if (err < 0)
		return err;
	if (copy_in_struct(&iov, uiov) < 0)
		return -EFAULT;
	if (set != LINUX_NT_PRSTATUS || iov.iov_len % sizeof(u64) != 0)
		return -EINVAL;
	iov.iov_len = MIN(iov.iov_len, (u64)sizeof(regs));
	if (copy_out(iov.iov_base, &regs, iov.iov_len) < 0)
		return -EFAULT;
	return copy_out_struct(uiov, &iov);
}

SYSCALL_DEFINE(ptrace, u64, request, int, tid, u64, addr, u64, data)
{
	struct linux_user_regs regs;
	int err;

	switch (request) {
	case LINUX_PTRACE_ATTACH:
		return attach(tid);
	case LINUX_PTRACE_DETACH:
	case LINUX_PTRACE_CONT:
		return resume(tid, data, request == LINUX_PTRACE_DETACH);
	case LINUX_PTRACE_GETREGS:
		err = registers(tid, &regs);
		return err < 0 ? err : copy_out_struct(data, &regs);
	case LINUX_PTRACE_GETREGSET:
		return get_register_set(tid, addr, data);
	default:
		return -ENOSYS;
	}
}
