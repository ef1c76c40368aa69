/*
 * wait4 and waitid.
 *
 * LINUX BEHAVIOUR: wait4(2), waitid(2), kernel/exit.c. A child is looked for under task_lock;
 * what was found is turned into results after the lock is released.
 */
#include "abi/linux/wait.h"

#include "abi/errno.h"
#include "kernel/mm/uaccess.h"
#include "kernel/signal/signal.h"
#include "kernel/sys/syscall.h"
#include "kernel/task/exit.h"
#include "kernel/task/ptrace.h"
#include "kernel/task/table.h"
#include "kernel/time/time.h"

struct wait_request {
	int type;    /* LINUX_P_x */
	s32 id;
	u32 options;
	struct process *process; /* P_PIDFD: this one, referenced */
};

struct wait_result {
	struct process *child;      /* referenced; NULL: none */
	struct linux_siginfo info;
	int status;                 /* wait status form */
	struct linux_rusage usage;
};

/* Linux: a child with another exit signal is seen with __WCLONE or __WALL only. */
static bool right_kind(const struct process *child, const struct wait_request *w)
{
	bool clone_child = child->exit_signal != LINUX_SIGCHLD;

	return w->options & LINUX___WALL || clone_child == !!(w->options & LINUX___WCLONE);
}

/* number: the child's, or of a thread of it that the caller traces. */
static bool selected(const struct process *child, s32 number, const struct wait_request *w)
{
	switch (w->type) {
	case LINUX_P_PID:
		return number == w->id;
	case LINUX_P_PIDFD:
		return child == w->process && number == child->pid;
	case LINUX_P_PGID:
		return child->pgid == w->id;
	default:
		return true;
	}
}

/* Does this child have something to report? task_lock is held. */
static bool report_locked(struct process *child, const struct wait_request *w,
			  struct wait_result *ret)
{
	bool consume = !(w->options & LINUX_WNOWAIT);
	int sig;

	if (child->zombie) {
		if (!(w->options & LINUX_WEXITED))
			return false;
		exit_info(child, &ret->info);
		ret->status = child->exit_code;
		return true;
	}
	ret->info = (struct linux_siginfo){ 0 };
	ret->info.chld.pid = child->pid;
	ret->info.chld.uid = child->cred.uid;
	if (w->options & LINUX_WSTOPPED && (sig = signal_stop_report(child, consume)) != 0) {
		ret->info.si_code = LINUX_CLD_STOPPED;
		ret->info.chld.status = sig;
		ret->status = sig << 8 | 0x7f;
		return true;
	}
	if (w->options & LINUX_WCONTINUED && signal_continue_report(child, consume)) {
		ret->info.si_code = LINUX_CLD_CONTINUED;
		ret->info.chld.status = LINUX_SIGCONT;
		ret->status = 0xffff;
		return true;
	}
	return false;
}

/*
 * As look(), of the threads the caller traces. Linux: their stops count whatever the options,
 * and of all of them.
 */
static int look_traced_locked(const struct wait_request *w, struct wait_result *ret)
{
	struct thread *t;
	int r = -ECHILD;

	list_for_each(t, &current()->process->tracees, tracee_link) {
		if (!selected(t->process, t->tid, w))
			continue;
		r = 0;
		ret->status = ptrace_report_locked(t, !(w->options & LINUX_WNOWAIT));
		if (ret->status == 0)
			continue;
		ret->info = (struct linux_siginfo){ .si_code = LINUX_CLD_TRAPPED };
		ret->info.chld.pid = t->tid;
		ret->info.chld.uid = t->process->cred.uid;
		ret->info.chld.status = LINUX_WSTOPSIG(ret->status);
		ret->child = process_get(t->process);
		return 1;
	}
	return r;
}

/* 1: *ret is filled in; 0: nothing yet; -ECHILD: there is no such child. */
static int look(const struct wait_request *w, struct wait_result *ret)
{
	struct process *p = current()->process, *child;
	int r;

	task_lock();
	r = look_traced_locked(w, ret);
	list_for_each(child, &p->children, sibling) {
		if (r > 0)
			break;
		if (!right_kind(child, w) || !selected(child, child->pid, w))
			continue;
		r = 0;
		if (!report_locked(child, w, ret))
			continue;
		ret->child = process_get(child);
		if (child->zombie && !(w->options & LINUX_WNOWAIT)) {
			/* Out of the table here, so that no other thread gets it too. */
			process_unlink_locked(child);
			process_put(child);
		}
		r = 1;
	}
	task_unlock();
	return r;
}

static int wait_for(const struct wait_request *w, struct wait_result *ret)
{
	struct process *p = current()->process;
	int found = 0;

	int err = WAIT_EVENT(&p->child_wait, NO_DEADLINE,
			     (found = look(w, ret)) != 0 || (w->options & LINUX_WNOHANG));

	if (err < 0)
		return err;
	if (found > 0) {
		ret->info.si_signo = LINUX_SIGCHLD;
		if (ret->child->zombie)
			time_child_usage(ret->child, &ret->usage);
		else
			time_usage_of(ret->child, &ret->usage);
		if (ret->child->zombie && !(w->options & LINUX_WNOWAIT)) {
			time_child_reaped(p, ret->child);
			task_lock();
			io_account_add(&p->io, &ret->child->io);
			task_unlock();
		}
	}
	return found;
}

SYSCALL_DEFINE(wait4, int, pid, uaddr_t, wstatus, int, options, uaddr_t, rusage)
{
	const int known = LINUX_WNOHANG | LINUX_WUNTRACED | LINUX_WCONTINUED |
			  (int)LINUX___WNOTHREAD | (int)LINUX___WCLONE | (int)LINUX___WALL;
	struct wait_request w = { .type = LINUX_P_ALL, .options = (u32)options | LINUX_WEXITED };
	struct wait_result r = { .child = NULL };

	if (options & ~known)
		return -EINVAL;
	if (pid == INT32_MIN)
		return -ESRCH;
	if (pid > 0) {
		w.type = LINUX_P_PID;
		w.id = pid;
	} else if (pid != -1) {
		w.type = LINUX_P_PGID;
		w.id = pid == 0 ? current()->process->pgid : -pid;
	}
	int found = wait_for(&w, &r);

	if (found <= 0)
		return found;
	s64 ret = r.info.chld.pid;

	if (wstatus != 0 && copy_out_struct(wstatus, &r.status) < 0)
		ret = -EFAULT;
	if (rusage != 0 && copy_out_struct(rusage, &r.usage) < 0)
		ret = -EFAULT;
	process_put(r.child);
	return ret;
}

SYSCALL_DEFINE(waitid, int, type, int, id, uaddr_t, infop, int, options, uaddr_t, rusage)
{
	const int known = LINUX_WNOHANG | LINUX_WNOWAIT | LINUX_WEXITED | LINUX_WSTOPPED |
			  LINUX_WCONTINUED | (int)LINUX___WNOTHREAD | (int)LINUX___WCLONE |
			  (int)LINUX___WALL;
	struct wait_request w = { .type = type, .id = id, .options = (u32)options };
	struct wait_result r = { .child = NULL };

	if (options & ~known || !(options & (LINUX_WEXITED | LINUX_WSTOPPED | LINUX_WCONTINUED)))
		return -EINVAL;
	if (type != LINUX_P_ALL && type != LINUX_P_PID && type != LINUX_P_PGID &&
	    type != LINUX_P_PIDFD)
		return -EINVAL;
	if ((type == LINUX_P_PID && id <= 0) || (type != LINUX_P_ALL && id < 0))
		return -EINVAL;
	if (type == LINUX_P_PGID && id == 0)
		w.id = current()->process->pgid;
	bool nonblock = false;

	if (type == LINUX_P_PIDFD) {
		int err = pidfd_waited(id, &w.process, &nonblock);

		if (err < 0)
			return err;
	}
	if (nonblock)
		w.options |= LINUX_WNOHANG;
	int found = wait_for(&w, &r);

	process_put(w.process);
	/* Linux: a non-blocking pidfd says so, unless the caller asked not to wait. */
	if (found == 0 && nonblock && !(options & LINUX_WNOHANG))
		return -EAGAIN;
	if (found < 0)
		return found;
	s64 ret = 0;

	/* Linux: the six fields of a child report; zero when nothing was found. */
	if (infop != 0) {
		struct linux_siginfo info = found > 0 ? r.info : (struct linux_siginfo){ 0 };

		if (copy_out(infop, &info, offsetof(struct linux_siginfo, chld.utime)) < 0)
			ret = -EFAULT;
	}
	if (found > 0 && rusage != 0 && copy_out_struct(rusage, &r.usage) < 0)
		ret = -EFAULT;
	process_put(r.child);
	return ret;
}
