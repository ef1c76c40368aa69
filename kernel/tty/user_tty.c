/*
 * The terminal nacre was started from, as the first process's controlling terminal.
 *
 * OVERVIEW. The host's kernel has the terminal's settings and line discipline, and nacre's
 * own process group as its foreground group: the keys that make signals reach nacre, which
 * passes them on to whatever group is in the foreground inside. Bytes are kernel/fs/host's.
 *
 * LINUX BEHAVIOUR. A read by a sandbox that is in the background of the user's terminal
 * stops it, as it would the program itself: the user's shell sees nacre stop.
 *
 * NOT DONE. TOSTOP of a sandbox in the background: its output appears.
 */
#include "abi/errno.h"
#include "kernel/signal/signal.h"
#include "kernel/task/table.h"
#include "kernel/tty/internal.h"
#include "platform/plat.h"

struct tty *user_tty(void)
{
	return terminals == NULL ? NULL : atomic_load(&terminals->user);
}

void tty_first_process(void)
{
	struct process *p = current()->process;

	task_lock();
	p->sid = p->pgid = p->pid;
	task_unlock();
}

void user_tty_adopt(struct tty *tty)
{
	if (terminals->user != NULL)
		return;
	task_lock();
	tty_take_locked(tty);
	atomic_store(&terminals->user, tty);
	task_unlock();
}

int user_tty_check(struct tty *tty, int sig)
{
	int err = tty_check_background(tty, sig);

	/* Linux: a terminal that is not the caller's own checks nothing. */
	if (err < 0 || tty != user_tty() || atomic_load(&current()->process->tty) != tty)
		return err;
	err = plat_terminal_check(sig);
	return err == -EAGAIN ? tty_in_background(sig) : err;
}

/* To every process of the first one's group: what a shell does with its job. */
static void signal_job(int sig)
{
	signal_send_group(sandbox->first->pgid, sig);
}

/* What the terminal sends: to its foreground group, or without a terminal to the job. */
static void signal_typed(int sig)
{
	struct tty *tty = user_tty();

	if (tty != NULL && atomic_load(&tty->pgrp) != 0)
		tty_signal_foreground(tty, sig);
	else
		signal_job(sig);
	/* Linux: a hang-up is for the session's leader. */
	if (sig == LINUX_SIGHUP && tty != NULL &&
	    atomic_load(&tty->pgrp) != sandbox->first->pgid)
		signal_job(sig);
}

void tty_signal_from_outside(int sig, bool typed)
{
	struct linux_siginfo info = { .si_signo = sig, .si_code = LINUX_SI_USER };

	if (typed || sig == LINUX_SIGWINCH)
		signal_typed(sig);
	else if (sig == LINUX_SIGCONT)
		signal_job(sig);
	else
		signal_send_process(sandbox->first, &info);
}
