/*
 * File handles: numbers that name a file for good. name_to_handle_at(2).
 *
 * OVERVIEW. A handle is the file's inode number and a number made of its time of birth, as
 * tmpfs has them, so the same file always gives the same one. Who may open a file by its
 * handle needs it found again: each file that was asked for one stands in a table, with its
 * dentry, until its last name goes. The oldest leave when there are HANDLES_MAX, and are
 * stale then.
 *
 * LOCKING. vfs.handle_lock covers the table; it is a leaf.
 */
#ifndef NACRE_KERNEL_VFS_HANDLE_H
#define NACRE_KERNEL_VFS_HANDLE_H

#include "kernel/vfs/vfs.h"

#define HANDLES_MAX 65536u

/* What stands in struct file_handle's f_handle. */
struct handle {
	u32 generation, ino_low, ino_high;
};

/* keep: it is to be found by handle_find(). -EOPNOTSUPP, -ENOMEM. */
MUST_USE int handle_make(const struct path *p, bool keep, struct handle *ret);
/* The file of sb that has the handle, referenced. -ESTALE. */
MUST_USE int handle_find(struct super *sb, const struct handle *h, struct dentry **ret);
/* Does the file system have handles at all? */
bool handles_exist(const struct super *sb);
void handle_forget(struct inode *i);
/* The file system ends. */
void handles_purge(struct super *sb);

/* A name of i was removed. */
static inline void handle_name_gone(struct inode *i)
{
	if (unlikely(atomic_load(&i->flags) & INODE_HANDLE) && i->nlink == 0)
		handle_forget(i);
}

#endif
