/* A writable layer over any file system: in memory and thrown away, or on disk and kept. */
#ifndef NACRE_KERNEL_FS_OVER_OVER_H
#define NACRE_KERNEL_FS_OVER_OVER_H

#include "kernel/vfs/vfs.h"

struct protection;

/*
 * Lower is only read. Changes go to memory when upper is NULL, else to that directory of the
 * host (then lower is one, too, or an image). sync: that directory's tree, when what is closed
 * there shall be kept for good at once, else -1. protection: of lower, an image, NULL for none; it
 * is taken over in every case. The new super is another holder of both.
 */
MUST_USE int over_create(struct super *lower, struct super *upper, int sync,
			 struct protection *protection, struct super **ret);
/* The sandbox ends: say in the layers on disk that they are complete. */
void over_end(void);

#endif
