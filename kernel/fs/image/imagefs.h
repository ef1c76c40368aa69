/* Inside of the image file system. */
#ifndef NACRE_KERNEL_FS_IMAGE_IMAGEFS_H
#define NACRE_KERNEL_FS_IMAGE_IMAGEFS_H

#include "abi/errno.h"
#include "kernel/fs/image/image.h"
#include "store/index.h"
#include "wire/wire.h"

/* inode->private; all but `data` and `next` never change. */
struct image_node {
	struct inode *inode;
	struct image_node *next; /* S: in the hash chain */
	bool hashed;             /* S */
	struct image_inode disk;
	struct lock data_lock;   /* one thread at a time brings the data */
	struct inode *data;      /* a, referenced: where the contents are, once opened */
	struct inode *copy;      /* a, referenced: in memory, for execution; NULL: not needed */
	u8 *verified;            /* I with data; a byte (a) for each piece; NULL: all is right */
};

#define IMAGE_FETCHED 256u

/* The content of a small file that nobody has opened yet. */
struct image_fetched {
	u64 nid;
	struct inode *data; /* referenced; NULL: free */
};

/* Hints about small files that come together; small.c. */
struct image_rows {
	u64 next;     /* the file that comes after the last row; 0: none */
	u64 mark;     /* the first file of the row that the scout has brought last */
	u64 last;     /* the file that was opened last */
	u32 length;   /* so many are asked for at once */
	u32 credit;   /* so many may be brought unasked */
	u32 messages; /* so many were sent */
};

struct image_row;

/* super->private. S: lock, a leaf. */
struct image_super {
	struct super *sb; /* I: whose it is */
	struct image image;
	struct image_checks checks; /* of a manifest of more than one piece; pieces.c */
	int manifest_tree; /* I: its number */
	struct image_index *index; /* a: of all names, once it is made; index.c */
	u32 index_asked; /* a: it is being made, or was */
	u32 searches;    /* a hint: how often a name was looked up without it */
	u32 pieces;      /* a hint: so many are verified of the manifest */
	struct super *objects; /* I: the host's directory of objects, or NULL */
	int objects_tree;      /* I: its number */
	struct super *memory;  /* I: small files, in the sandbox's own memory */
	struct lock lock;      /* S */
	struct image_fetched fetched[IMAGE_FETCHED]; /* S: small objects ahead of their use */
	u32 fetched_next; /* S: the next to be replaced */
	u64 fetched_bytes; /* S: of their contents */
	struct image_rows rows;
	struct lock row_lock; /* the scout's, while it brings what is coming */
	const struct image_row *coming; /* S, borrowed: what it brings, or NULL */
	struct image_node **buckets; /* S: by inode number */
	u32 bucket_count;      /* S: 0 or a power of two */
	u32 inode_count;       /* S */
};

static inline struct image_node *image_node(const struct inode *i)
{
	return i->private;
}

static inline struct image_super *image_super(const struct inode *i)
{
	return i->sb->private;
}

/* inode.c */
extern const struct inode_ops image_inode_ops;
MUST_USE int image_inode_find(struct super *sb, u64 nid, struct inode **ret);
/* Say once more in the log what is damaged. */
void image_damaged(const struct inode *i, const char *what);

/* Has the piece at pos been verified? Asks nobody. */
MUST_USE bool image_is_verified(const struct inode *i, u64 pos);

/* Is there an inode of that number, and its content in memory? */
bool image_content_is_known(struct image_super *s, u64 nid);

/* small.c */
/* A new inode in memory. */
MUST_USE int image_memory_create(struct image_super *s, struct inode **ret);
/* Say what is wrong with the object; -EIO. */
int image_object_bad(const struct inode *i, const char *path, const char *what);
/* The content of a small object, whose path is given, in memory: an inode to be put. */
MUST_USE int image_small_get(const struct inode *i, const char *path, struct inode **ret);
void image_small_init(struct image_super *s);
void image_small_fini(struct image_super *s);

/* index.c */
/* As image_lookup(). */
MUST_USE int image_find(struct image_super *s, const struct image_inode *dir, const char *name,
			size_t len, struct image_entry *ret);

/* pieces.c */
/* Room for what is known of the pieces of an object: NULL in *ret when it has only one. */
MUST_USE int image_pieces_create(const struct inode *i, u8 **ret);
/*
 * How many of the len bytes from pos on, which lie in the file, may be used: what has not been
 * verified yet is. 0: damaged at pos. Asks the broker.
 */
MUST_USE u64 image_verified(const struct inode *i, u64 pos, u64 len);

/* Before the manifest is looked at: verify what is used of it. size: its. */
MUST_USE int image_checks_init(struct image_super *s, u64 size);

/* file.c, dir.c */
extern const struct file_ops image_file_ops, image_dir_ops;
MUST_USE int image_file_open(struct inode *i, struct file *f);

#endif
