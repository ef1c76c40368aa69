/* File trees of the store: what the rest of the kernel may ask for. */
#ifndef NACRE_KERNEL_FS_IMAGE_IMAGE_H
#define NACRE_KERNEL_FS_IMAGE_IMAGE_H

#include "kernel/vfs/vfs.h"

/*
 * Mount the image whose manifest is the single file of tree `manifest`; objects are opened by
 * digest in tree `objects`, ~0 when the image needs none. Both are indexes of the options
 * block. Called before the first fork. -EINVAL after a line in the log when the manifest is
 * no image.
 */
MUST_USE int image_fs_mount(u32 manifest, u32 objects, struct super **ret);

extern const struct fs_type image_fs_type;

#endif
