/*
 * vfork children: a second guest thread of control on the parent's host thread.
 *
 * OVERVIEW. The child gets a kernel stack slot of its own; vfork_run() switches to it as a
 * coroutine, with host signals closed while the stack and the host's alternate stack do not
 * match. The parent's stack stays as it is, deep in its clone call. When the child is done
 * here, vfork_leave() switches back. At execve it goes on in a blank process (nursery.h), or
 * in a copy of this one where that cannot be.
 */
#include "abi/errno.h"
#include "kernel/mm/mm.h"
#include "kernel/task/fork.h"
#include "kernel/task/nursery.h"
#include "kernel/task/table.h"
#include "kernel/time/time.h"
#include "kernel/x86_64/tls.h"
#include "platform/plat.h"

/* Lies on the parent's kernel stack. */
struct vfork {
	struct thread *parent;
	struct plat_switch context; /* of the parent */
	u64 fs, gs;                 /* of the parent */
	bool ended;                 /* the child is gone, not merely elsewhere */
};

int vfork_run(struct thread *child, void (*main)(struct thread *))
{
	struct vfork vf = { .parent = current() };

	tls_get(&vf.fs, &vf.gs);
	child->vfork = &vf;
	child->host_tid = vf.parent->host_tid;
	child->process->host_pid = vf.parent->process->host_pid;
	int err = plat_switch_run(&vf.context, child, main);

	tls_set_fs(vf.fs);
	tls_set_gs(vf.gs);
	if (vf.ended)
		thread_put(child);
	return err;
}

NORETURN void vfork_leave(void)
{
	struct vfork *vf = current()->vfork;

	vf->ended = true;
	plat_switch_back(&vf->context);
}

NORETURN void vfork_move(struct blank *b, const struct nursery_task *task)
{
	struct vfork *vf = current()->vfork;

	current()->vfork = NULL;
	/* It may end over there, and be freed, while this host thread still has its name. */
	plat_switch_hold();
	nursery_give(b, task);
	plat_switch_back(&vf->context);
}

int vfork_separate(void)
{
	struct thread *child = current();
	struct vfork *vf = child->vfork;
	int pid = process_host_fork(child, PLAT_FORK_GUEST);

	if (pid < 0)
		return pid;
	if (pid == 0) {
		child->vfork = NULL;
		time_base_set(child->process, NULL);
		time_process_started();
		return 0;
	}
	plat_switch_back(&vf->context);
}

void vfork_wait_process(struct process *p)
{
	/* execed and zombie are set before the wake-up. */
	int err = WAIT_EVENT(&p->vfork_wait, NO_DEADLINE,
			     atomic_load(&p->execed) || atomic_load(&p->zombie));

	(void)err; /* a signal ends the wait early: the parent goes on, the child too */
}
