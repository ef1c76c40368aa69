/* The journal of a layer on disk: its records, and what its two files share. */
#ifndef NACRE_KERNEL_FS_OVER_DISK_RECORD_H
#define NACRE_KERNEL_FS_OVER_DISK_RECORD_H

#include "kernel/fs/over/disk.h"
#include "platform/plat.h"

struct over_disk {
	struct inode *data;   /* I, referenced: the directory of contents */
	struct file *journal; /* I, open to append */
	u64 last_id;          /* a */
	bool unsynced;        /* a: there are names in data that may not be on the disk yet */
	bool failed;          /* a: said that it is incomplete */
	bool closing;         /* nodes go because the sandbox ends */
};

#define DISK_MAGIC 0x316c6e6au
#define DISK_RECORD_MAX (sizeof(struct disk_record) + 8 + VFS_PATH_MAX + 255 + 65536)
#define DISK_ID_MAX (1u << 26)

enum disk_type { DISK_NODE = 1, DISK_NAME = 2, DISK_XATTR = 3 };

/* A multiple of 8 bytes long, at one, so that what is damaged can be passed over. */
struct disk_head {
	u32 magic, len; /* of the record */
	u32 sum;        /* disk_sum() */
	u32 type;
	u64 id;         /* of the node; of a name's directory */
};

#define DISK_HAS_LOWER 1u /* the text is the lower file's path, else a link's */
#define DISK_HAS_DATA 2u
/* and INODE_FS_MASK, as they are in inode.flags */

struct disk_node {
	u32 mode, uid, gid, nlink;
	u64 rdev;
	struct linux_timespec mtime, ctime, btime;
	u32 flags, text_len;
};

enum disk_kind { DISK_NOTHING = 0, DISK_WHITEOUT = 1, DISK_ENTRY = 2 };

struct disk_name {
	u32 kind, covers;
	u64 target; /* its number */
	u32 len, pad;
};

struct disk_xattr {
	u32 name_len; /* 0: all that came before is void */
	u32 value_len;
	u32 gone, pad;
};

struct disk_record {
	struct disk_head head;
	union {
		struct {
			struct disk_node node;
			char node_text[];
		};
		struct {
			struct disk_name name;
			char name_text[];
		};
		struct {
			struct disk_xattr xattr;
			char xattr_text[];
		};
	};
};

/* Of all bytes but the sum's own. */
static inline u32 disk_sum(const struct disk_record *r)
{
	const u8 *p = (const u8 *)r;
	u32 h = 2166136261u;

	for (u32 i = 0; i < r->head.len; i++)
		if (i < offsetof(struct disk_head, sum) || i >= offsetof(struct disk_head, type))
			h = (h ^ p[i]) * 16777619u;
	return h;
}

/* disk.c, for disk_load.c */
void disk_append(struct over_disk *d, struct disk_record *r);
void disk_write_node(struct inode *i);
MUST_USE int disk_find_data(struct super *sb, u64 id, struct inode **ret);

#endif
