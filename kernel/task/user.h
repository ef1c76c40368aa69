/*
 * What is counted for a user, over all processes: by the real user number.
 *
 * LIFETIME. A user, once known, stays to the sandbox's end: there are few.
 */
#ifndef NACRE_KERNEL_TASK_USER_H
#define NACRE_KERNEL_TASK_USER_H

#include "kernel/task/task.h"

struct user {
	u32 uid;           /* I */
	u32 signals;       /* a: queued, and timers that may have one: RLIMIT_SIGPENDING */
	struct user *next; /* I */
};

/* Never NULL: without memory for another, one that all such share. */
struct user *user_find(u32 uid);

#endif
