/* eventfd: a counter as a file. */
#ifndef NACRE_KERNEL_OBJ_EVENTFD_H
#define NACRE_KERNEL_OBJ_EVENTFD_H

#include "kernel/vfs/vfs.h"

/* flags: LINUX_EFD_* (CLOEXEC is the caller's business). */
MUST_USE int eventfd_create(u32 initial, u32 flags, struct file **ret);

bool file_is_eventfd(const struct file *f);
/* The kernel adds one, if that fits, and wakes readers. f is an eventfd. */
void eventfd_signal(struct file *f);

#endif
