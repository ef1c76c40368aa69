/* The layer on disk: what its files share. The records are those of store/layer.h. */
#ifndef NACRE_KERNEL_FS_OVER_DISK_RECORD_H
#define NACRE_KERNEL_FS_OVER_DISK_RECORD_H

#include "kernel/fs/over/disk.h"
#include "platform/plat.h"
#include "store/layer.h"

struct over_disk {
	struct inode *data;   /* I, referenced: the directory of contents */
	struct file *journal; /* I, open to append */
	u64 last_id;          /* a */
	u64 written, room;    /* a: bytes of the journal; the disk has room for it up to there */
	bool unsynced;        /* a: there are names in data that may not be on the disk yet */
	int sync_tree;        /* I: the host tree whose files are kept when closed, or -1 */
	bool failed;          /* a: said that it is incomplete */
	bool closing;         /* nodes go because the sandbox ends */
};

/* disk.c, for disk_load.c */
void disk_append(struct over_disk *d, struct layer_record *r);
void disk_write_node(struct inode *i);
MUST_USE int disk_find_data(struct super *sb, u64 id, struct inode **ret);

#endif
