/* A throw-away writable layer in memory over any file system. */
#ifndef NACRE_KERNEL_FS_OVER_OVER_H
#define NACRE_KERNEL_FS_OVER_OVER_H

#include "kernel/vfs/vfs.h"

/* Changes go to memory, lower is only read. The new super is another holder of lower. */
MUST_USE int over_create(struct super *lower, struct super **ret);

#endif
