/* Process groups and sessions: setpgid, setsid and their kin. */
#include "abi/errno.h"
#include "kernel/signal/signal.h"
#include "kernel/sys/syscall.h"
#include "kernel/task/exit.h"
#include "kernel/task/table.h"
#include "kernel/tty/tty.h"

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
	if (pid == 0)
		pid = current()->process->pid;
	if (pgid == 0)
		pgid = pid;
	if (pgid < 0)
		return -EINVAL;
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

/*
 * Will nobody be left who could continue the group once `gone` has ended? Somebody could who
 * is a member's parent, of the same session but another group. task_lock is held.
 */
static bool will_be_orphaned_locked(s32 pgid, const struct process *gone)
{
	const struct process *p;

	list_for_each(p, &sandbox->processes, all_link)
		if (p != gone && p->pgid == pgid && !p->zombie && p->parent != gone &&
		    signal_is_watched_locked(p))
			return false;
	return true;
}

static bool has_stopped_locked(s32 pgid)
{
	struct process *p;

	list_for_each(p, &sandbox->processes, all_link)
		if (p->pgid == pgid && atomic_load(&p->sig.stop_complete))
			return true;
	return false;
}

/*
 * The lowest group above `after` that the end of p leaves without anybody to continue its
 * stopped members; 0: none. task_lock is held.
 */
static s32 next_orphan_locked(struct process *p, s32 after)
{
	const struct process *child;
	s32 best = 0;

	if (p->pgid > after && p->parent != NULL && p->parent->pgid != p->pgid &&
	    p->parent->sid == p->sid)
		best = p->pgid;
	list_for_each(child, &p->children, sibling)
		if (child->pgid > after && child->pgid != p->pgid && child->sid == p->sid &&
		    (best == 0 || child->pgid < best))
			best = child->pgid;
	return best;
}

/* POSIX: stopped jobs whose shell ends are hung up and continued. */
static void orphan_groups(struct process *p)
{
	s32 pgid = 0;

	for (;;) {
		task_lock();
		do
			pgid = next_orphan_locked(p, pgid);
		while (pgid != 0 &&
		       (!will_be_orphaned_locked(pgid, p) || !has_stopped_locked(pgid)));
		task_unlock();
		if (pgid == 0)
			return;
		signal_send_group(pgid, LINUX_SIGHUP);
		signal_send_group(pgid, LINUX_SIGCONT);
	}
}

void session_exit(struct process *p)
{
	if (p->sid == p->pid)
		tty_leader_exit(p);
	orphan_groups(p);
}
