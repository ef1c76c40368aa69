/* pidfds for clone. */
#ifndef NACRE_KERNEL_OBJ_PIDFD_H
#define NACRE_KERNEL_OBJ_PIDFD_H

#include "kernel/vfs/vfs.h"

struct process;

/* flags: LINUX_O_NONBLOCK or 0. */
MUST_USE int pidfd_create(struct process *p, u32 flags, struct file **ret);

#endif
