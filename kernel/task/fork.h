/* New processes: the pieces fork, exec and exit share. */
#ifndef NACRE_KERNEL_TASK_FORK_H
#define NACRE_KERNEL_TASK_FORK_H

#include "kernel/task/task.h"
#include "platform/plat.h"

/*
 * Copy the host process for child. 0 in the child, whose current() is child; the host pid
 * in the caller; -Exxx.
 */
MUST_USE int process_host_fork(struct thread *child, enum plat_fork kind);

/*
 * Run child on the calling host thread, in the caller's memory, starting with main(child),
 * until it ends or has moved to a host process of its own. 0 or -Exxx (it never ran).
 */
MUST_USE int vfork_run(struct thread *child, void (*main)(struct thread *));
/* current() is such a child and is done here: go back into the parent's vfork_run(). */
NORETURN void vfork_leave(void);
static inline bool vfork_running(void)
{
	return current()->vfork != NULL;
}
struct blank;
struct nursery_task;
/* Let the calling vfork child go on in b, and its parent here. */
NORETURN void vfork_move(struct blank *b, const struct nursery_task *task);
/*
 * Give the calling vfork child a host process of its own. 0 there; in the parent it does not
 * return; -Exxx.
 */
MUST_USE int vfork_separate(void);
/* Do other guest processes run in this host process, in the same memory? */
MUST_USE bool process_host_shared(void);
/* If so, give the caller, which has one thread, a host process of its own. 0 there; -Exxx here. */
MUST_USE int process_host_separate(void);
/* The calling guest process is done with this host process. True: it was the last. */
MUST_USE bool process_host_leave(void);
/* CLONE_VFORK without shared memory: wait until p has called execve or ended. */
void vfork_wait_process(struct process *p);

#endif
