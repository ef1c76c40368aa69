/* Pipes and FIFOs. */
#ifndef NACRE_KERNEL_OBJ_PIPE_H
#define NACRE_KERNEL_OBJ_PIPE_H

#include "kernel/vfs/vfs.h"

/* Both ends of a new pipe. flags: LINUX_O_NONBLOCK, LINUX_O_DIRECT. */
MUST_USE int pipe_create(u32 flags, struct file **ret_reader, struct file **ret_writer);

/*
 * The open operation of an inode of type S_IFIFO, whatever its file system: waits for the
 * other end as fifo(7) says. The pipe hangs on the inode while anyone has it open.
 */
MUST_USE int fifo_open(struct inode *inode, struct file *file);

bool file_is_pipe(const struct file *f);
/* Capacity in bytes; -EBADF when f is not a pipe. */
MUST_USE s64 pipe_get_size(struct file *f);
/* Value: the new capacity. -EBUSY, -EINVAL, -EPERM as F_SETPIPE_SZ. */
MUST_USE s64 pipe_set_size(struct file *f, u64 size);

/*
 * For splice and tee: look at up to len bytes without taking them (-EAGAIN: none yet, 0: end),
 * take what was looked at, wait until there is something or the end.
 */
MUST_USE s64 pipe_peek(struct file *f, void *buf, size_t len);
void pipe_consume(struct file *f, size_t len);
MUST_USE int pipe_wait_readable(struct file *f);
/* Bytes that can be written without waiting, after waiting for the first if wait. -EAGAIN. */
MUST_USE s64 pipe_wait_room(struct file *f, bool wait);
/* Writes what fits, after waiting for the first byte's room if wait. Bytes, -EAGAIN, -EPIPE. */
MUST_USE s64 pipe_write_part(struct file *f, struct iter *from, bool wait);

#define PIPE_SIZE_DEFAULT 65536u
#define PIPE_SIZE_MAX 1048576u /* Linux: /proc/sys/fs/pipe-max-size */

#endif
