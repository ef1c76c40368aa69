/*
 * Reading an EROFS image that lies in memory: the manifest of a file tree.
 *
 * OVERVIEW. Nothing but pure functions over (base, size). Every number in the image is
 * hostile: each access is checked against the image's end, nothing recurses, nothing is
 * allocated. Understood are uncompressed images: inodes of both sizes, plain and inline data,
 * shared and inline extended attributes, and chunked files that are one hole, which is how
 * composefs says that the data lies in an object of its own.
 *
 * Source: Linux Documentation/filesystems/erofs.rst and fs/erofs/erofs_fs.h; for objects
 * the composefs image format.
 */
#ifndef NACRE_KERNEL_FS_IMAGE_EROFS_H
#define NACRE_KERNEL_FS_IMAGE_EROFS_H

#include "lib/types.h"

struct erofs {
	const u8 *base;
	u64 size;        /* bytes of the image that may be looked at */
	u32 block_bits;  /* 9..16 */
	u64 meta;        /* byte offset that inode numbers count from */
	u64 xattr;       /* byte offset of the shared attributes */
	u64 root;        /* number of the root's inode */
	u64 inode_count; /* as the image says */
	s64 build_sec;   /* the time of inodes without one */
	u32 build_nsec;
};

enum erofs_layout {
	EROFS_PLAIN = 0,  /* contiguous blocks */
	EROFS_INLINE = 2, /* whole blocks, then the rest behind the inode */
	EROFS_CHUNKS = 4, /* a table of pieces behind the inode */
};

struct erofs_inode {
	u64 nid;          /* its number: place in units of 32 bytes */
	u32 mode, uid, gid, nlink, rdev;
	u64 size;
	s64 mtime_sec;
	u32 mtime_nsec;
	enum erofs_layout layout;
	u32 place;        /* first block, device number or chunk format, by type and layout */
	u64 xattrs;       /* byte offset of the inline attributes, and their size */
	u32 xattrs_size;
	u64 tail;         /* byte offset of what follows the attributes */
};

struct erofs_name {
	const u8 *name;
	u32 len;
	u32 type; /* LINUX_DT_* */
	u64 nid;
};

struct erofs_xattr {
	const char *prefix; /* "user." ... */
	const u8 *name;     /* without the prefix */
	u32 name_len;
	const u8 *value;
	u32 value_len;
};

/* Where an iteration over attributes is; zeroed to begin. */
struct erofs_xattr_cursor {
	u32 index;  /* of the shared ones */
	u64 offset; /* in the inline ones */
};

#define EROFS_DIGEST_HEX 64

/* NULL when the image can be used, else what is wrong with it. */
MUST_USE const char *erofs_open(struct erofs *e, const void *base, u64 size);
/* 0, -EIO when the image is damaged there. */
MUST_USE int erofs_inode(const struct erofs *e, u64 nid, struct erofs_inode *ret);
/*
 * The contiguous piece of the inode's data at offset: its first byte and in *ret_len how
 * much of it there is. NULL past the end, and when the image is damaged or has no such data.
 */
MUST_USE const u8 *erofs_data(const struct erofs *e, const struct erofs_inode *i, u64 offset,
			      u64 *ret_len);
/* Is this file one hole as far as the image goes? */
bool erofs_is_hole(const struct erofs *e, const struct erofs_inode *i);

/* Find a name in a directory: 0, -ENOENT, -EIO. */
MUST_USE int erofs_lookup(const struct erofs *e, const struct erofs_inode *dir, const char *name,
			  size_t len, struct erofs_name *ret);
/*
 * The entry at *pos (0 begins), advancing it: 1, 0 at the end, -EIO. The dots are
 * entries like others.
 */
MUST_USE int erofs_next_name(const struct erofs *e, const struct erofs_inode *dir, u64 *pos,
			     struct erofs_name *ret);
/* The next attribute: 1, 0 at the end, -EIO. */
MUST_USE int erofs_next_xattr(const struct erofs *e, const struct erofs_inode *i,
			      struct erofs_xattr_cursor *at, struct erofs_xattr *ret);
/*
 * The digest of the object that has the file's data, as lower-case hexadecimal digits: 1, 0
 * when the data is in the image, -EIO.
 */
MUST_USE int erofs_object(const struct erofs *e, const struct erofs_inode *i,
			  char ret_digest[EROFS_DIGEST_HEX + 1]);

#endif
