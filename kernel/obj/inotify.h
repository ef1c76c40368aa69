/* inotify: events of watched files, to be read. */
#ifndef NACRE_KERNEL_OBJ_INOTIFY_H
#define NACRE_KERNEL_OBJ_INOTIFY_H

#include "kernel/vfs/vfs.h"

/* Linux's defaults, as /proc/sys/fs/inotify shows them. */
#define INOTIFY_INSTANCES_MAX 128
#define INOTIFY_WATCHES_MAX 65536
#define INOTIFY_EVENTS_MAX 16384

/* flags: LINUX_IN_NONBLOCK. */
MUST_USE int inotify_create(u32 flags, struct file **ret);
bool file_is_inotify(const struct file *f);
/* mask: of inotify_add_watch. The watch's number, or -Exxx. */
MUST_USE s64 inotify_watch(struct file *f, struct inode *i, u32 mask);
/* -EINVAL: there is no such watch. */
MUST_USE s64 inotify_unwatch(struct file *f, s32 wd);

#endif
