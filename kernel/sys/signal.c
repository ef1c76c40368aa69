/*
 * Calls about signals. What they mean is in kernel/signal; here are arguments and results,
 * in Linux's order of errors.
 */
#include "kernel/signal/signal.h"

#include "abi/linux/fcntl.h"
#include "abi/linux/time.h"
#include "kernel/mm/uaccess.h"
#include "kernel/obj/signalfd.h"
#include "kernel/sys/syscall.h"
#include "kernel/time/time.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/x86_64/sigframe.h"
#include "lib/string.h"

/* --- dispositions and masks --- */

static void action_set_locked(struct thread *t, struct sighand *sh, int sig,
			      const struct linux_sigaction *new, struct list *removed)
{
	struct thread *other;
	uaddr_t handler = new->handler;

	sh->action[sig] = *new;
	sh->action[sig].flags &= LINUX_SA_KNOWN;
	sh->action[sig].mask &= ~SIGS_UNBLOCKABLE;
	/* POSIX: a pending signal that becomes ignored is discarded, blocked or not. */
	if (handler != LINUX_SIG_IGN &&
	    !(handler == LINUX_SIG_DFL && (SIG_BIT(sig) & SIGS_DEFAULT_IGNORE)))
		return;
	signal_flush_locked(&t->process->pending, SIG_BIT(sig), removed);
	list_for_each(other, &t->process->threads, group_link)
		signal_flush_locked(&other->pending, SIG_BIT(sig), removed);
}

SYSCALL_DEFINE(rt_sigaction, int, sig, uaddr_t, act, uaddr_t, oldact, u64, setsize)
{
	struct thread *t = current();
	struct list removed = LIST_INIT(removed);
	struct linux_sigaction new, old;
	struct sighand *sh;

	if (setsize != LINUX_SIGSET_SIZE)
		return -EINVAL;
	if (act != 0 && copy_in_struct(&new, act) < 0)
		return -EFAULT;
	if (!signal_valid(sig) || (act != 0 && (SIG_BIT(sig) & SIGS_UNBLOCKABLE)))
		return -EINVAL;
	sh = sighand_lock(t->process);
	old = sh->action[sig];
	if (act != 0)
		action_set_locked(t, sh, sig, &new, &removed);
	signal_recalc_locked(t);
	sighand_unlock(sh);
	signal_free_entries(&removed);
	if (oldact != 0 && copy_out_struct(oldact, &old) < 0)
		return -EFAULT;
	return 0;
}

SYSCALL_DEFINE(rt_sigprocmask, int, how, uaddr_t, set, uaddr_t, oldset, u64, setsize)
{
	u64 old = current()->sig_mask;
	u64 new;

	if (setsize != LINUX_SIGSET_SIZE)
		return -EINVAL;
	if (set != 0) {
		if (copy_in_struct(&new, set) < 0)
			return -EFAULT;
		if (how == LINUX_SIG_BLOCK)
			new |= old;
		else if (how == LINUX_SIG_UNBLOCK)
			new = old & ~new;
		else if (how != LINUX_SIG_SETMASK)
			return -EINVAL;
		signal_set_mask(new);
	}
	if (oldset != 0 && copy_out_struct(oldset, &old) < 0)
		return -EFAULT;
	return 0;
}

SYSCALL_DEFINE(rt_sigpending, uaddr_t, set, u64, setsize)
{
	struct thread *t = current();
	u64 pending;

	if (setsize > LINUX_SIGSET_SIZE)
		return -EINVAL;
	pending = signal_pending_set(t) & t->sig_mask;
	return copy_out(set, &pending, setsize);
}

SYSCALL_DEFINE(sigaltstack, uaddr_t, ss, uaddr_t, old_ss)
{
	struct thread *t = current();
	struct linux_stack_t new, old = t->altstack;
	u64 sp = t->regs->sp;

	if (ss != 0 && copy_in_struct(&new, ss) < 0)
		return -EFAULT;
	/* Linux: what is reported says whether it is in use now, plus the AUTODISARM bit. */
	old.ss_flags &= (s32)LINUX_SS_AUTODISARM;
	if (old.ss_size == 0)
		old.ss_flags |= LINUX_SS_DISABLE;
	else if (altstack_contains(t, sp))
		old.ss_flags |= LINUX_SS_ONSTACK;
	if (ss != 0) {
		int err = altstack_set(t, &new, sp);

		if (err < 0)
			return err;
	}
	if (old_ss != 0 && copy_out_struct(old_ss, &old) < 0)
		return -EFAULT;
	return 0;
}

SYSCALL_DEFINE(rt_sigreturn)
{
	struct thread *t = current();

	sigframe_return(t);
	return (s64)t->regs->ax; /* the interrupted code's own */
}

/* --- waiting --- */

SYSCALL_DEFINE(pause)
{
	for (;;) {
		u32 seq = thread_sleep_begin();

		if (thread_sleep(seq, NO_DEADLINE, true) == -ERESTARTSYS)
			return -ERESTARTNOHAND;
	}
}

SYSCALL_DEFINE(rt_sigsuspend, uaddr_t, set, u64, setsize)
{
	if (setsize != LINUX_SIGSET_SIZE)
		return -EINVAL;
	if (set == 0)
		return -EFAULT;
	int err = signal_use_mask_user(set, setsize);

	return err < 0 ? err : do_pause();
}

/*
 * Open the mask for set while sleeping, so that senders choose this thread; what arrives is
 * then taken, whatever its action.
 */
static int wait_for_set(struct thread *t, u64 set, u64 deadline, struct linux_siginfo *info)
{
	u64 mask = t->sig_mask;
	struct sighand *sh;
	int err = 0, sig;

	sh = sighand_lock(t->process);
	t->sig.real_mask = mask;
	t->sig_mask = mask & ~set;
	signal_recalc_locked(t);
	sighand_unlock(sh);
	while (err == 0) {
		u32 seq = thread_sleep_begin();

		if ((signal_pending_set(t) & set) != 0)
			break;
		err = thread_sleep(seq, deadline, true);
	}
	sh = sighand_lock(t->process);
	t->sig_mask = mask;
	t->sig.real_mask = 0;
	sighand_unlock(sh);
	sig = signal_dequeue(t, set, info);
	if (sig != 0)
		return sig;
	return err == -ETIMEDOUT ? -EAGAIN : -EINTR;
}

SYSCALL_DEFINE(rt_sigtimedwait, uaddr_t, uset, uaddr_t, uinfo, uaddr_t, timeout, u64, setsize)
{
	struct thread *t = current();
	struct linux_siginfo info;
	u64 set, deadline;
	int sig, err;

	if (setsize != LINUX_SIGSET_SIZE)
		return -EINVAL;
	if (copy_in_struct(&set, uset) < 0)
		return -EFAULT;
	err = time_deadline_user(timeout, &deadline);
	if (err < 0)
		return err;
	set &= ~SIGS_UNBLOCKABLE;
	sig = signal_dequeue(t, set, &info);
	if (sig == 0 && deadline == 0)
		return -EAGAIN;
	if (sig == 0)
		sig = wait_for_set(t, set, deadline, &info);
	if (sig > 0 && uinfo != 0 && copy_out_struct(uinfo, &info) < 0)
		return -EFAULT;
	return sig;
}

/* --- sending --- */

static int kill_one(struct process *p, const struct linux_siginfo *info)
{
	int err = signal_check_permission(p, info->si_signo);

	if (err < 0 || info->si_signo == 0)
		return err;
	return signal_send_process(p, info);
}

static int kill_pid(s32 pid, const struct linux_siginfo *info)
{
	struct process *p = process_find(pid);
	int err;

	if (p == NULL) {
		/* Linux: any thread's number names its process. */
		struct thread *t = thread_find(pid);

		if (t == NULL)
			return -ESRCH;
		p = process_get(t->process);
		thread_put(t);
	}
	err = kill_one(p, info);
	process_put(p);
	return err;
}

/* Group: succeeds if one could be sent to. All (pgid -1): the last error but EPERM counts. */
static int kill_many(s32 pgid, const struct linux_siginfo *info)
{
	const struct process *me = current()->process;
	int err = -ESRCH, count = 0;
	bool success = false;
	struct process *p;

	for (s32 pid = 0; (p = process_after(pid)) != NULL; process_put(p)) {
		pid = p->pid;
		if (pgid == -1 ? pid <= 1 || p == me : p->pgid != pgid)
			continue;
		int one = kill_one(p, info);

		count++;
		success |= one == 0;
		if (pgid != -1 || one != -EPERM)
			err = one;
	}
	if (pgid == -1)
		return count == 0 ? -ESRCH : err == -ESRCH ? 0 : err;
	return success ? 0 : err;
}

SYSCALL_DEFINE(kill, s32, pid, int, sig)
{
	struct linux_siginfo info;

	signal_info_user(&info, sig, LINUX_SI_USER);
	if (pid > 0)
		return kill_pid(pid, &info);
	if (pid == INT32_MIN)
		return -ESRCH;
	if (pid == 0)
		return kill_many(current()->process->pgid, &info);
	return kill_many(-pid == 1 ? -1 : -pid, &info);
}

/* tgid 0: not checked. */
static int kill_thread(s32 tgid, s32 tid, const struct linux_siginfo *info)
{
	struct thread *t = thread_find(tid);
	int err = -ESRCH;

	if (t == NULL)
		return -ESRCH;
	if (tgid == 0 || t->process->pid == tgid) {
		err = signal_check_permission(t->process, info->si_signo);
		if (err == 0 && info->si_signo != 0)
			err = signal_send_thread(t, info);
	}
	thread_put(t);
	return err;
}

SYSCALL_DEFINE(tgkill, s32, tgid, s32, tid, int, sig)
{
	struct linux_siginfo info;

	if (tid <= 0 || tgid <= 0)
		return -EINVAL;
	signal_info_user(&info, sig, LINUX_SI_TKILL);
	return kill_thread(tgid, tid, &info);
}

SYSCALL_DEFINE(tkill, s32, tid, int, sig)
{
	struct linux_siginfo info;

	if (tid <= 0)
		return -EINVAL;
	signal_info_user(&info, sig, LINUX_SI_TKILL);
	return kill_thread(0, tid, &info);
}

/* Linux: struct kernel_siginfo; the rest of the 128 bytes is for layouts yet to come. */
#define SIGINFO_KNOWN_SIZE 48u
#define NSIGPOLL 6

static int highest_code(int sig)
{
	switch (sig) {
	case LINUX_SIGILL:
		return 11;
	case LINUX_SIGFPE:
		return 15;
	case LINUX_SIGSEGV:
		return 10;
	case LINUX_SIGBUS:
		return 5;
	case LINUX_SIGTRAP:
		return 6;
	case LINUX_SIGCHLD:
		return 6;
	case LINUX_SIGSYS:
		return 2;
	default:
		return NSIGPOLL;
	}
}

static bool layout_known(int sig, int code)
{
	if (code == LINUX_SI_KERNEL)
		return true;
	if (code > LINUX_SI_USER)
		return code <= highest_code(sig);
	return code >= LINUX_SI_DETHREAD || code == LINUX_SI_ASYNCNL;
}

static int siginfo_copy_in(struct linux_siginfo *info, uaddr_t uinfo, int sig)
{
	const u8 *bytes = (const u8 *)info;

	if (copy_in_struct(info, uinfo) < 0)
		return -EFAULT;
	info->si_signo = sig;
	if (!layout_known(sig, info->si_code))
		for (u32 i = SIGINFO_KNOWN_SIZE; i < sizeof(*info); i++)
			if (bytes[i] != 0)
				return -E2BIG;
	memset((u8 *)info + SIGINFO_KNOWN_SIZE, 0, sizeof(*info) - SIGINFO_KNOWN_SIZE);
	return 0;
}

/* Only to itself may a process pretend that the kernel, kill or tgkill sent a signal. */
static bool may_pretend(const struct linux_siginfo *info, s32 pid)
{
	return pid == current()->tid ||
	       (info->si_code < 0 && info->si_code != LINUX_SI_TKILL);
}

SYSCALL_DEFINE(rt_sigqueueinfo, s32, pid, int, sig, uaddr_t, uinfo)
{
	struct linux_siginfo info;
	int err = siginfo_copy_in(&info, uinfo, sig);

	if (err < 0)
		return err;
	return may_pretend(&info, pid) ? kill_pid(pid, &info) : -EPERM;
}

SYSCALL_DEFINE(rt_tgsigqueueinfo, s32, tgid, s32, tid, int, sig, uaddr_t, uinfo)
{
	struct linux_siginfo info;
	int err = siginfo_copy_in(&info, uinfo, sig);

	if (err < 0)
		return err;
	if (tid <= 0 || tgid <= 0)
		return -EINVAL;
	return may_pretend(&info, tid) ? kill_thread(tgid, tid, &info) : -EPERM;
}

/* --- signalfd --- */

static s64 signalfd_do(int fd, uaddr_t uset, u64 setsize, int flags)
{
	struct file *f;
	u64 set;
	int err;

	if (setsize != LINUX_SIGSET_SIZE)
		return -EINVAL;
	if (copy_in_struct(&set, uset) < 0)
		return -EFAULT;
	if (flags & ~(LINUX_SFD_NONBLOCK | LINUX_SFD_CLOEXEC))
		return -EINVAL;
	if (fd == -1) {
		err = signalfd_create(set, (u32)flags, &f);
		if (err < 0)
			return err;
		return fd_install_new(f, flags & LINUX_SFD_CLOEXEC ? LINUX_O_CLOEXEC : 0);
	}
	f = fd_get(fd);
	if (f == NULL)
		return -EBADF;
	err = signalfd_set(f, set);
	file_put(f);
	return err < 0 ? err : fd;
}

SYSCALL_DEFINE(signalfd4, int, fd, uaddr_t, set, u64, setsize, int, flags)
{
	return signalfd_do(fd, set, setsize, flags);
}

SYSCALL_DEFINE(signalfd, int, fd, uaddr_t, set, u64, setsize)
{
	return signalfd_do(fd, set, setsize, 0);
}
