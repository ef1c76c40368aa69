/*
 * Blank processes: host processes without guest memory that wait to become the process of a
 * vfork child which execs, so that spawning costs the same whatever the parent's size. They are
 * forked ahead, or are what ended processes leave.
 */
#ifndef NACRE_KERNEL_TASK_NURSERY_H
#define NACRE_KERNEL_TASK_NURSERY_H

#include "kernel/task/loader.h"

struct blank;

/* What a blank is to become. */
struct nursery_task {
	struct thread *child; /* current() of the blank when run is called */
	struct exec_image image;
	NORETURN void (*run)(struct nursery_task *task); /* on the blank's stack */
};

MUST_USE int nursery_init(void);
/*
 * What a thread of the reaper does from when the first process has been forked: on each ring it
 * calls first() and does what is asked of the nursery.
 */
NORETURN void nursery_main(void (*first)(void));
void nursery_ring(void); /* takes no lock */

/*
 * Run fn(arg) on a new kernel thread of the reaper's process: it ends with the sandbox, not
 * with the caller. arg lies in the shared heap. -EAGAIN: another one is just being started.
 */
MUST_USE int nursery_run(void (*fn)(void *arg), void *arg);

/*
 * A blank for the caller, who gives it a task or returns it. NULL: there is none to be had,
 * or the caller has host files that cannot be opened again by name. May sleep.
 */
struct blank *nursery_take(void);
void nursery_return(struct blank *b);
/* b runs task, which is copied. The child is no longer the caller's to touch. */
void nursery_give(struct blank *b, const struct nursery_task *task);
/*
 * last, the calling thread, was its guest process's last one and has ended, and its host process
 * has no other guest. Returns if that is to end; else it becomes a blank.
 */
void nursery_recycle(struct thread *last);

#endif
