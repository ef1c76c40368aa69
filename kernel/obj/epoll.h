/* epoll: sets of watched files. */
#ifndef NACRE_KERNEL_OBJ_EPOLL_H
#define NACRE_KERNEL_OBJ_EPOLL_H

#include "abi/linux/poll.h"
#include "kernel/vfs/vfs.h"

MUST_USE int epoll_create(struct file **ret);
bool file_is_epoll(const struct file *f);
/* op: LINUX_EPOLL_CTL_*; event is NULL for DEL. fd is the number the set remembers. */
MUST_USE int epoll_control(struct file *epoll, int op, int fd, struct file *target,
			   const struct linux_epoll_event *event);
/* How many items the set has, at least 1. */
u32 epoll_count(const struct file *epoll);
/*
 * Up to max events into events (kernel memory). deadline: CLOCK_MONOTONIC ns, 0 only looks,
 * NO_DEADLINE waits for ever. Value: their count, or -EINTR.
 */
MUST_USE s64 epoll_wait_events(struct file *epoll, struct linux_epoll_event *events, u32 max,
			       u64 deadline);

/* From the last file_put() of a file that is or was in a set (file->watchers). */
void epoll_file_gone(struct file *f);

#endif
