/*
 * Controlling terminals, foreground groups, and what goes to them. See tty.h.
 *
 * A process has a terminal when process.tty is set, which all of a session share; the
 * terminal says whose it is in tty.session. Both change together under task_lock.
 */
#include "abi/errno.h"
#include "abi/linux/capability.h"
#include "abi/linux/fcntl.h"
#include "kernel/mm/uaccess.h"
#include "kernel/signal/signal.h"
#include "kernel/sys/syscall.h"
#include "kernel/task/exit.h"
#include "kernel/task/table.h"
#include "kernel/tty/internal.h"
#include "kernel/vfs/vfs.h"

void tty_init_common(struct tty *tty, const struct tty_ops *ops, u64 rdev)
{
	ref_init(&tty->ref);
	tty->ops = ops;
	tty->rdev = rdev;
}

void tty_put(struct tty *tty)
{
	if (tty != NULL && ref_put(&tty->ref))
		tty->ops->destroy(tty);
}

static bool is_session_leader(const struct process *p)
{
	return p->sid == p->pid;
}

/* --- foreground and background --- */

static bool ignores(int sig)
{
	struct thread *t = current();
	struct sighand *sh = sighand_lock(t->process);
	bool yes = (t->sig_mask & SIG_BIT(sig)) || sh->action[sig].handler == LINUX_SIG_IGN;

	sighand_unlock(sh);
	return yes;
}

int tty_in_background(int sig)
{
	s32 pgid = atomic_load(&current()->process->pgid);

	/* POSIX: who blocks or ignores the signals may write, but not read. */
	if (ignores(sig))
		return sig == LINUX_SIGTTIN ? -EIO : 0;
	if (signal_group_orphaned(pgid))
		return -EIO;
	signal_send_group(pgid, sig);
	return -ERESTARTSYS;
}

bool tty_is_background(const struct tty *tty)
{
	const struct process *p = current()->process;
	s32 pgrp = atomic_load(&tty->pgrp);

	return atomic_load(&p->tty) == tty && pgrp != 0 && pgrp != atomic_load(&p->pgid);
}

int tty_check_background(struct tty *tty, int sig)
{
	return tty_is_background(tty) ? tty_in_background(sig) : 0;
}

void tty_signal_foreground(struct tty *tty, int sig)
{
	s32 pgrp = atomic_load(&tty->pgrp);

	if (pgrp != 0)
		signal_send_group(pgrp, sig);
}

/* --- getting and losing the terminal; task_lock is held --- */

void tty_take_locked(struct tty *tty)
{
	struct process *p = current()->process;

	tty->session = p->sid;
	atomic_store(&tty->pgrp, p->pgid);
	atomic_store(&p->tty, tty);
	p->tty_old_pgrp = 0;
}

/* The terminal is nobody's. The session's leader, with a reference, or NULL. */
static struct process *release_locked(struct tty *tty)
{
	struct process *p, *leader = NULL;

	list_for_each(p, &sandbox->processes, all_link) {
		if (p->tty != tty || p->sid != tty->session)
			continue;
		atomic_store(&p->tty, NULL);
		if (is_session_leader(p) && !p->zombie)
			leader = process_get(p);
	}
	tty->session = 0;
	atomic_store(&tty->pgrp, 0);
	return leader;
}

void tty_open_controlling(struct tty *tty, const struct file *file)
{
	struct process *p = current()->process;

	/* Linux: not for those who may only write to it. */
	if ((file->flags & LINUX_O_NOCTTY) || !(file->mode & FMODE_READ))
		return;
	task_lock();
	if (is_session_leader(p) && p->tty == NULL && tty->session == 0 && !tty->dead)
		tty_take_locked(tty);
	task_unlock();
}

void tty_disconnect(struct tty *tty, bool for_good)
{
	struct process *leader = NULL;

	task_lock();
	s32 pgrp = tty->pgrp;

	tty->dead |= for_good;
	if (tty->session != 0)
		leader = release_locked(tty);
	if (leader != NULL)
		leader->tty_old_pgrp = pgrp;
	task_unlock();
	if (leader == NULL)
		return;
	for (int i = 0; i < 2; i++) {
		struct linux_siginfo info = {
			.si_signo = i == 0 ? LINUX_SIGHUP : LINUX_SIGCONT,
			.si_code = LINUX_SI_KERNEL,
		};

		signal_send_process(leader, &info);
	}
	process_put(leader);
}

void tty_leader_exit(struct process *p)
{
	struct process *leader;
	bool lost = false;
	s32 pgrp = 0;

	task_lock();
	if (p->tty != NULL) {
		pgrp = p->tty->pgrp;
		leader = release_locked(p->tty);
		if (leader != NULL)
			process_put(leader);
	} else {
		pgrp = p->tty_old_pgrp;
		lost = true;
	}
	p->tty_old_pgrp = 0;
	task_unlock();
	if (pgrp == 0)
		return;
	signal_send_group(pgrp, LINUX_SIGHUP);
	if (lost)
		signal_send_group(pgrp, LINUX_SIGCONT);
}

struct tty *tty_current(void)
{
	struct tty *tty;

	task_lock();
	tty = current()->process->tty;
	if (tty != NULL)
		tty_get(tty);
	task_unlock();
	return tty;
}

int tty_open_current(struct file *file)
{
	struct tty *tty = tty_current();
	int err;

	if (tty == NULL)
		return -ENXIO;
	err = tty->ops->open(tty, file);
	tty_put(tty);
	return err;
}

/* Linux: new_encode_dev. */
static u32 tty_number(const struct tty *tty)
{
	u32 minor = DEV_MINOR(tty->rdev);

	return (minor & 0xff) | DEV_MAJOR(tty->rdev) << 8 | (minor & ~0xffu) << 12;
}

void tty_describe_locked(const struct process *p, u32 *ret_number, s32 *ret_pgrp)
{
	const struct tty *tty = p->tty;

	*ret_number = tty != NULL ? tty_number(tty) : 0;
	*ret_pgrp = tty != NULL && tty->pgrp != 0 ? tty->pgrp : -1;
}

/* --- ioctls --- */

static s64 set_controlling(struct tty *tty, const struct file *f, u64 steal)
{
	struct process *p = current()->process, *leader;
	int err = 0;

	task_lock();
	if (is_session_leader(p) && tty->session == p->sid)
		goto out; /* it is already */
	err = -EPERM;
	if (!is_session_leader(p) || p->tty != NULL)
		goto out;
	if (tty->session != 0 && (steal != 1 || !vfs_capable(LINUX_CAP_SYS_ADMIN)))
		goto out;
	if (!(f->mode & FMODE_READ) && !vfs_capable(LINUX_CAP_SYS_ADMIN))
		goto out;
	err = -EIO;
	if (tty->dead)
		goto out;
	err = 0;
	leader = tty->session != 0 ? release_locked(tty) : NULL;
	if (leader != NULL)
		process_put(leader);
	tty_take_locked(tty);
out:
	task_unlock();
	return err;
}

/* Linux: no_tty. A leader takes the terminal from its whole session. */
static s64 give_up(struct tty *tty)
{
	struct process *p = current()->process, *leader;
	s32 pgrp = 0;

	task_lock();
	if (p->tty != tty) {
		task_unlock();
		return -ENOTTY;
	}
	if (is_session_leader(p)) {
		pgrp = tty->pgrp;
		leader = release_locked(tty);
		if (leader != NULL)
			process_put(leader);
	}
	atomic_store(&p->tty, NULL);
	task_unlock();
	if (pgrp != 0) {
		signal_send_group(pgrp, LINUX_SIGHUP);
		signal_send_group(pgrp, LINUX_SIGCONT);
	}
	return 0;
}

static s64 get_foreground(struct tty *tty, bool master, uaddr_t arg)
{
	s32 pgrp = atomic_load(&tty->pgrp);

	if (!master && atomic_load(&current()->process->tty) != tty)
		return -ENOTTY;
	return copy_out(arg, &pgrp, sizeof(pgrp));
}

static s64 get_session(struct tty *tty, bool master, uaddr_t arg)
{
	s32 session = atomic_load(&tty->session);

	if (!master && atomic_load(&current()->process->tty) != tty)
		return -ENOTTY;
	if (session == 0)
		return -ENOTTY;
	return copy_out(arg, &session, sizeof(session));
}

/* Linux: the number of a process that leads no group will do, if its session is ours. */
static const struct process *group_find_locked(s32 pgrp)
{
	const struct process *p, *by_pid = NULL;

	list_for_each(p, &sandbox->processes, all_link) {
		if (p->pgid == pgrp)
			return p;
		if (p->pid == pgrp)
			by_pid = p;
	}
	return by_pid;
}

static int set_foreground_locked(struct tty *tty, s32 pgrp)
{
	const struct process *me = current()->process, *p;

	if (me->tty != tty || tty->session != me->sid)
		return -ENOTTY;
	p = group_find_locked(pgrp);
	if (p == NULL)
		return -ESRCH;
	if (p->sid != me->sid)
		return -EPERM;
	atomic_store(&tty->pgrp, pgrp);
	return 0;
}

static s64 set_foreground(struct tty *tty, uaddr_t arg)
{
	int err = tty_check_background(tty, LINUX_SIGTTOU);
	s32 pgrp;

	if (err < 0)
		return err == -EIO ? -ENOTTY : err;
	if (copy_in(&pgrp, arg, sizeof(pgrp)) < 0)
		return -EFAULT;
	if (pgrp < 0)
		return -EINVAL;
	task_lock();
	err = set_foreground_locked(tty, pgrp);
	task_unlock();
	return err;
}

static s64 get_number(const struct tty *tty, uaddr_t arg)
{
	u32 number = tty_number(tty);

	return copy_out(arg, &number, sizeof(number));
}

static s64 hang_up(struct tty *tty)
{
	if (!vfs_capable(LINUX_CAP_SYS_ADMIN))
		return -EPERM;
	if (tty->ops->hangup == NULL)
		return -EPERM;
	tty->ops->hangup(tty);
	return 0;
}

s64 tty_session_ioctl(struct tty *tty, struct file *f, bool master, u32 cmd, uaddr_t arg)
{
	switch (cmd) {
	case LINUX_TIOCSCTTY:
		return set_controlling(tty, f, arg);
	case LINUX_TIOCNOTTY:
		return master ? -ENOTTY : give_up(tty);
	case LINUX_TIOCGPGRP:
		return get_foreground(tty, master, arg);
	case LINUX_TIOCSPGRP:
		return set_foreground(tty, arg);
	case LINUX_TIOCGSID:
		return get_session(tty, master, arg);
	case LINUX_TIOCGDEV:
		return get_number(tty, arg);
	case LINUX_TIOCVHANGUP:
		return hang_up(tty);
	default:
		return TTY_NOT_MINE;
	}
}

SYSCALL_DEFINE(vhangup)
{
	struct tty *tty;

	if (!vfs_capable(LINUX_CAP_SYS_TTY_CONFIG))
		return -EPERM;
	tty = tty_current();
	if (tty != NULL && tty->ops->hangup != NULL)
		tty->ops->hangup(tty);
	tty_put(tty);
	return 0;
}
