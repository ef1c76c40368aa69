/* Process groups and sessions: setpgid, setsid and their kin. */
#include "abi/errno.h"
#include "kernel/signal/signal.h"
#include "kernel/sys/syscall.h"
#include "kernel/task/exit.h"
#include "kernel/task/table.h"

/* Is there a process of the session in the group? task_lock is held. */
static bool group_in_session_locked(s32 pgid, s32 sid)
{
	const struct process *p;

	list_for_each(p, &sandbox->processes, all_link)
		if (p->pgid == pgid && p->sid == sid)
			return true;
	return false;
}

static int setpgid_locked(struct process *p, s32 pgid)
{
	struct process *self = current()->process;

	if (p == NULL || (p != self && p->parent != self))
		return -ESRCH;
	if (p != self && p->sid != self->sid)
		return -EPERM;
	if (p != self && p->execed)
		return -EACCES;
	if (p->sid == p->pid)
		return -EPERM; /* a session leader stays where it is */
	if (pgid != p->pid && !group_in_session_locked(pgid, p->sid))
		return -EPERM;
	p->pgid = pgid;
	return 0;
}

SYSCALL_DEFINE(setpgid, int, pid, int, pgid)
{
	if (pgid < 0)
		return -EINVAL;
	if (pid == 0)
		pid = current()->process->pid;
	if (pgid == 0)
		pgid = pid;
	task_lock();
	int err = setpgid_locked(process_find_locked(pid), pgid);

	task_unlock();
	return err;
}

/* The group (or session) of a process; pid 0: the caller. */
static s64 group_of(int pid, bool session)
{
	s64 r = -ESRCH;

	task_lock();
	const struct process *p = pid == 0 ? current()->process : process_find_locked(pid);

	if (p != NULL)
		r = session ? p->sid : p->pgid;
	task_unlock();
	return r;
}

SYSCALL_DEFINE(getpgid, int, pid)
{
	return group_of(pid, false);
}

SYSCALL_DEFINE(getpgrp)
{
	return group_of(0, false);
}

SYSCALL_DEFINE(getsid, int, pid)
{
	return group_of(pid, true);
}

SYSCALL_DEFINE(setsid)
{
	struct process *p = current()->process, *other;
	s64 r = p->pid;

	task_lock();
	list_for_each(other, &sandbox->processes, all_link)
		if (other->pgid == p->pid)
			r = -EPERM;
	if (r > 0) {
		p->sid = p->pgid = p->pid;
		p->tty = NULL;
	}
	task_unlock();
	return r;
}

void session_leader_exit(UNUSED struct process *p)
{
	/* The terminal's side of this comes with controlling terminals. */
}
