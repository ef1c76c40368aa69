/* File trees of the store: what the rest of the kernel may ask for. */
#ifndef NACRE_KERNEL_FS_IMAGE_IMAGE_H
#define NACRE_KERNEL_FS_IMAGE_IMAGE_H

#include "kernel/vfs/vfs.h"

struct protection;

/*
 * Mount the image whose manifest is the single file of tree `manifest`; objects are opened by
 * digest in tree `objects`, ~0 when the image needs none. Both are indexes of the options
 * block. Called before the first fork. -EINVAL after a line in the log when the manifest is
 * no image.
 */
MUST_USE int image_fs_mount(u32 manifest, u32 objects, struct super **ret);

/*
 * What of a mounted image is protected: `count` paths, one string after the other, as boot.h has
 * them; NULL in *ret for none. -ENOENT and the like after a line in the log: a path is not there.
 */
MUST_USE int image_protection(struct super *sb, const char *paths, u32 count,
			      struct protection **ret);
/* INODE_PROTECTED, INODE_NAME_KEPT or 0 for an inode of the image by its number; p may be NULL. */
u32 protection_of(const struct protection *p, u64 ino);
void protection_destroy(struct protection *p);

#endif
