/*
 * Signals on I/O: the owner of an open file, O_ASYNC, and dnotify.
 *
 * OVERVIEW. A file has one owner, made on first use: who is told, and by which signal. While
 * O_ASYNC is on, waiters in the file's wait queues tell the owner what became ready; files
 * whose file_ops say async have such queues. A directory may tell its owner of changes
 * (F_NOTIFY), through a watch of notify.h.
 *
 * LIFETIME. The owner is the file's and goes with it; before, the waiters and the watch are
 * taken off under the locks that whoever tells holds.
 *
 * LINUX BEHAVIOUR. fcntl(2), fs/fcntl.c (send_sigio), fs/notify/dnotify.
 *
 * NOT DONE. Of the user's streams nothing is told, and of out-of-band data no SIGURG.
 */
#ifndef NACRE_KERNEL_VFS_ASYNC_H
#define NACRE_KERNEL_VFS_ASYNC_H

#include "kernel/vfs/vfs.h"

struct fdtable;

/* F_SETOWN_EX: type is LINUX_F_OWNER_x, pid 0: nobody. -EINVAL, -ESRCH, -ENOMEM. */
MUST_USE int file_owner_set(struct file *f, s32 type, s32 pid);
void file_owner_get(struct file *f, s32 *ret_type, s32 *ret_pid);
/* F_SETOWN, F_GETOWN: a process, or a group as its negative. -EINVAL, -ESRCH, -ENOMEM. */
MUST_USE int file_owner_set_number(struct file *f, s32 who);
s32 file_owner_number(struct file *f);
/* F_SETSIG: 0 is SIGIO without information. -EINVAL, -ENOMEM. */
MUST_USE int file_owner_set_signal(struct file *f, u64 sig);
int file_owner_signal(const struct file *f);

/* Begin or stop to signal; fd is what si_fd says. Nothing to do for most files. -ENOMEM. */
MUST_USE int file_async(struct file *f, int fd, bool on);

/* F_NOTIFY: events is LINUX_DN_x. -ENOTDIR, -ENOMEM. */
MUST_USE int file_dnotify(struct file *f, int fd, u32 events);
/* A descriptor in ft was closed: what it asked for by F_NOTIFY ends. */
void file_dnotify_closed(struct file *f, const struct fdtable *ft);

/* The file is going. */
void file_owner_gone(struct file *f);

#endif
