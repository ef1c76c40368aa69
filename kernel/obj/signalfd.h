/* signalfd: pending signals read from a file. */
#ifndef NACRE_KERNEL_OBJ_SIGNALFD_H
#define NACRE_KERNEL_OBJ_SIGNALFD_H

#include "kernel/vfs/vfs.h"

/* flags: LINUX_SFD_NONBLOCK. mask: the signals it takes; KILL and STOP are left out. */
MUST_USE int signalfd_create(u64 mask, u32 flags, struct file **ret);
/* Another mask for an open one. -EINVAL: f is no signalfd. */
MUST_USE int signalfd_set(struct file *f, u64 mask);

#endif
