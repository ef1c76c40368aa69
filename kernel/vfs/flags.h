/*
 * Flags of files: FS_IOC_SETFLAGS, chattr(1).
 *
 * OVERVIEW. They are kept in inode.flags, LINUX_FS_x_FL moved by INODE_FS_SHIFT, by file
 * systems that have the operation set_flags. What is immutable is changed by nobody: no open
 * for writing, no attribute, no name; what is append-only is opened only to append. Files
 * that are open already go on.
 *
 * What is protected is immutable, too, but by who started the sandbox: nobody inside ends that.
 * Such a file system sets the flag when it makes the inode. The name of a directory above it
 * stays as it is, or all would be gone from its place by renaming that.
 */
#ifndef NACRE_KERNEL_VFS_FLAGS_H
#define NACRE_KERNEL_VFS_FLAGS_H

#include "abi/linux/xattr.h"
#include "kernel/vfs/vfs.h"

#define INODE_FS_SHIFT 8
#define INODE_FS(flag) ((u32)LINUX_FS_##flag##_FL << INODE_FS_SHIFT)
#define INODE_PROTECTED 0x10000u
#define INODE_NAME_KEPT 0x20000u
#define INODE_IMMUTABLE (INODE_FS(IMMUTABLE) | INODE_PROTECTED)
#define INODE_APPEND INODE_FS(APPEND)
#define INODE_NOATIME INODE_FS(NOATIME)
#define INODE_FS_MASK \
	(INODE_FS(IMMUTABLE) | INODE_APPEND | INODE_NOATIME | INODE_FS(NODUMP))

static inline bool inode_has(const struct inode *i, u32 flags)
{
	return unlikely(atomic_load_relaxed(&i->flags) & flags);
}

/* LINUX_FS_x_FL; -ENOTTY: the file system has none. */
MUST_USE s64 vfs_get_flags(const struct inode *i);
MUST_USE int vfs_set_flags(const struct path *p, u32 flags);
/* A set_flags operation for inodes that keep them nowhere else. */
int inode_set_flags_generic(struct inode *i, u32 flags);

#endif
