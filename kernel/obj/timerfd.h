/* timerfd: a timer as a file. */
#ifndef NACRE_KERNEL_OBJ_TIMERFD_H
#define NACRE_KERNEL_OBJ_TIMERFD_H

#include "kernel/vfs/vfs.h"

/* flags: LINUX_TFD_NONBLOCK. -EINVAL, -EPERM: the clock. */
MUST_USE int timerfd_create(int clock, u32 flags, struct file **ret);
bool file_is_timerfd(const struct file *f);
/* ns of the clock; value 0 disarms. The old setting goes to *ret_*. */
MUST_USE int timerfd_set(struct file *f, bool absolute, u64 value, u64 interval, u64 *ret_value,
			 u64 *ret_interval);
void timerfd_get_time(struct file *f, u64 *ret_value, u64 *ret_interval);

#endif
