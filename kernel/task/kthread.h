/* Helper threads of the kernel itself: host threads of this process without a guest side. */
#ifndef NACRE_KERNEL_TASK_KTHREAD_H
#define NACRE_KERNEL_TASK_KTHREAD_H

#include "lib/types.h"

struct thread;

/*
 * Run fn(arg) on a new kernel thread of the current process; it must not return. It may
 * sleep and take locks; it holds no guest resources. It dies with the process and is not
 * copied by fork (the child starts its own when it needs one).
 */
MUST_USE int kthread_start(void (*fn)(void *arg), void *arg);
/* Make a zeroed struct thread fit for kernel code that has no guest side. */
void kthread_init(struct thread *t);
/* The calling kernel thread has nothing more to do: it sleeps until its process ends. */
NORETURN void kthread_park(void);
/* Free what a kernel thread that is about to park, or has, leaves behind. */
void kthread_free(struct thread *t);

#endif
