/* Inside of the file system in memory; over/ uses its files for the data it changes. */
#ifndef NACRE_KERNEL_FS_TMP_TMPFS_H
#define NACRE_KERNEL_FS_TMP_TMPFS_H

#include "abi/errno.h"
#include "kernel/fs/tmp/dirtab.h"
#include "kernel/fs/tmp/extents.h"
#include "kernel/fs/tmp/xattrs.h"
#include "abi/linux/fcntl.h"
#include "kernel/vfs/vfs.h"

/*
 * inode->private. Legend: i inode.lock, w io_lock and inode.lock (so either suffices to
 * read), a atomic.
 */
struct tmp_node {
	/*
	 * Regular files: writers, truncation and fallocate one at a time. Taken before
	 * inode.lock and held while data is copied from guest memory, which may fault on a
	 * mapping of this very file: nothing on the way of a fault waits for it.
	 */
	struct lock io_lock;
	struct extents extents; /* i */
	u32 active; /* a: readers that may be looking at pages */
	u32 mapped; /* i: open files that may have mappings */
	struct dirtab dir; /* i: directories */
	char *text; /* I: symbolic links */
	struct xattrs xattrs; /* i */
};

/* super->private */
struct tmp_super {
	u64 page_limit; /* a: ~0 none; a remount may change it */
	u64 pages; /* a */
};

static inline struct tmp_node *tmp_node(const struct inode *i)
{
	return i->private;
}

static inline struct tmp_super *tmp_super(const struct inode *i)
{
	return i->sb->private;
}

/* inode.c */
extern const struct inode_ops tmp_inode_ops;
MUST_USE int tmp_inode_create(struct super *sb, u32 mode, struct inode **ret);

/* file.c, dir.c */
extern const struct file_ops tmp_file_ops, tmp_dir_ops;
void tmp_touch_read(
	struct file *f); /* f was read: the access time, as relatime has it */
MUST_USE int tmp_set_size(struct inode *i, u64 size);

/* super.c: a private super block, for over/ */
MUST_USE int tmp_mount_private(struct super **ret);

/* file.c: make the empty file i a copy of the first size bytes of from. */
MUST_USE int tmp_fill(struct inode *i, struct file *from, u64 size);
/* The same, of what bring gives: len bytes at pos, or -errno. No lock is held meanwhile. */
typedef s64 tmp_bring_fn(void *context, char *to, u64 len, u64 pos);
MUST_USE int tmp_fill_by(struct inode *i, u64 size, tmp_bring_fn *bring, void *context);

#endif
