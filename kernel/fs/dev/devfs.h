/* The table of devices, from which /dev is filled. */
#ifndef NACRE_KERNEL_FS_DEV_DEVFS_H
#define NACRE_KERNEL_FS_DEV_DEVFS_H

#include "kernel/vfs/vfs.h"

struct device {
	const char *name; /* in /dev */
	u64 rdev;
	u32 mode;
	const struct file_ops *ops;
	int (*open)(struct file *file); /* instead of ops */
};

extern const struct device devices[];
extern const size_t device_count;

#endif
