/* A writable layer over any file system: in memory and thrown away, or on disk and kept. */
#ifndef NACRE_KERNEL_FS_OVER_OVER_H
#define NACRE_KERNEL_FS_OVER_OVER_H

#include "kernel/vfs/vfs.h"

/*
 * Lower is only read. Changes go to memory when upper is NULL, else to that directory of the
 * host (then lower must be one, too). The new super is another holder of both.
 */
MUST_USE int over_create(struct super *lower, struct super *upper, struct super **ret);

#endif
