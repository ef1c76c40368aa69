/* memfd: files in memory without a name, and their seals. */
#ifndef NACRE_KERNEL_OBJ_MEMFD_H
#define NACRE_KERNEL_OBJ_MEMFD_H

#include "kernel/vfs/vfs.h"

/* name: at most MEMFD_NAME_MAX bytes, as /proc/self/fd shows it. flags: LINUX_MFD_*. */
MUST_USE int memfd_create(const char *name, u32 flags, struct file **ret);

/* F_ADD_SEALS, F_GET_SEALS. -EINVAL: not a file that can be sealed. */
MUST_USE s64 memfd_add_seals(struct file *f, u32 seals);
MUST_USE s64 memfd_get_seals(struct file *f);

#define MEMFD_NAME_MAX 249u

#endif
