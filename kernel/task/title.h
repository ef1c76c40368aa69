/*
 * A process's title: its arguments as they are in its memory, which it may have overwritten
 * (setproctitle(3) of nginx, PostgreSQL, sshd). /proc/PID/cmdline shows them.
 *
 * Only the process itself can read its memory, so the kernel's copy, which other processes see,
 * is looked after when its first thread goes to sleep.
 *
 * LINUX BEHAVIOUR. get_mm_cmdline() of fs/proc/base.c: the arguments, or, where their last NUL
 * was overwritten, one string from their start on.
 *
 * NOT DONE. For other processes only the first TITLE_WATCHED bytes are looked at, and nothing of
 * arguments that take more than TITLE_MAX.
 */
#ifndef NACRE_KERNEL_TASK_TITLE_H
#define NACRE_KERNEL_TASK_TITLE_H

#include "kernel/task/task.h"

#define TITLE_MAX PAGE_SIZE
#define TITLE_WATCHED 256u

/* Make p->cmdline the title of the current process. No lock is held. */
void title_update(void);
/* The current thread is about to sleep: the same, if it is the first and there is a new title. */
void title_check(void);

#endif
