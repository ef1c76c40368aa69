/*
 * A writable layer that is kept in a directory of the host (--upper-dir).
 *
 * The directory has two things in it. `data/N` are the contents of regular files that were
 * made or changed, N being a number the layer gave them. `journal` is a sequence of records
 * that say what the layer knows besides: the state of a node, the state of a name, one
 * extended attribute. The last record about a thing counts. Everything that is changed is
 * written at once, by one append; a start reads all of it and writes it anew, shorter. Room for
 * it is kept on the disk: on a full one a change is refused with ENOSPC.
 */
#ifndef NACRE_KERNEL_FS_OVER_DISK_H
#define NACRE_KERNEL_FS_OVER_DISK_H

#include "kernel/fs/over/overfs.h"

struct over_disk;

extern const struct inode_ops over_disk_inode_ops;

/* sb->private has the directory's file system as upper and what _create() made as disk. */
MUST_USE int over_disk_create(int sync, struct over_disk **ret);
MUST_USE int over_disk_load(struct super *sb);
void over_disk_close(struct super *sb);
/* It is complete: to be told of by over_end(). */
void over_disk_remember(struct super *sb);
/* Give it a number if it has none. */
void over_disk_number(struct inode *i);
/* A new, empty file for the data of a node, which gets its number if it has none. */
MUST_USE int over_disk_data(struct inode *i, struct inode **ret);
/* Copy the first size bytes of from into it. */
MUST_USE int over_disk_fill(struct inode *data, struct file *from, u64 size);
/* The journal, and the names of contents, to stable storage: with it all but data. */
MUST_USE int over_disk_sync(struct super *sb);
/* The node is gone for good: so is its data. */
void over_disk_forget(struct inode *i);
/* Write down the node as it is now. */
void over_disk_note(struct inode *i);
/*
 * Of a :sync layer: a regular file has been closed, so keep it; nothing in others, or when
 * nothing of it has changed.
 */
void over_disk_closed(struct inode *i);
/* Keep the file, and all names and attributes, and wait until that is on the host's disk. */
MUST_USE int over_disk_keep(struct inode *i);
/* Is the inode in a :sync layer? */
bool over_disk_is_sync(const struct inode *i);

#endif
