/* Character devices: what opening a device node gives. */
#ifndef NACRE_KERNEL_FS_DEV_DEV_H
#define NACRE_KERNEL_FS_DEV_DEV_H

#include "kernel/vfs/vfs.h"

/*
 * Make file the open device that inode->rdev names: sets file->ops, private and mode bits.
 * For the open operation of any inode of type S_IFCHR or S_IFBLK. -ENXIO: no such device.
 */
MUST_USE int dev_open_node(struct inode *inode, struct file *file);

#endif
