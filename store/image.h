/*
 * Reading an image: a metadata-only EROFS file system in memory.
 *
 * Freestanding: the kernel answers stat, open and readdir with it, the host's commands list
 * and check with it, and the fuzz target feeds it garbage. Nothing is allocated, nothing is
 * locked, nothing is written; every number of the image is checked before it is used, and read
 * once. What an inode decoded says has been verified (struct image_checks) with it. Damage is
 * -EIO. A directory may be reached from itself in a hostile image: who walks must bound
 * the depth and the number of steps.
 */
#ifndef NACRE_STORE_IMAGE_H
#define NACRE_STORE_IMAGE_H

#include "lib/types.h"

#define OBJECT_DIGEST_SIZE 32
#define OBJECT_PATH_SIZE 66 /* "xx/" + 62 digits + NUL */

/*
 * What is known of an image that is verified while it is used, a piece (PIECE_SIZE of
 * store/host/digest.h, WIRE_PIECE_SIZE) before its first use.
 */
#define IMAGE_PIECE_BITS 19

struct image_checks {
	u8 *right; /* a byte for each piece: it is what it should be */
	/* Sets right[piece], or false: it is damaged. */
	bool (*check)(struct image_checks *checks, u64 piece);
};

struct image {
	struct image_checks *checks; /* NULL: all of it is right */
	const u8 *base;
	u64 size; /* bytes */
	u64 meta; /* where inode 0 would be */
	u64 shared_xattrs;
	u64 root; /* inode number */
	u64 inodes;
	u64 build_time; /* of inodes of the short form */
	u32 build_nsec;
};

/* An inode decoded; pointers lead into the image. */
struct image_inode {
	u64 nid;
	u64 size; /* of a file, directory or link, bytes */
	u64 mtime;
	u32 mtime_nsec;
	u32 mode;
	u32 uid;
	u32 gid;
	u32 nlink;
	u32 rdev; /* as in a struct stat of the kernel: see image_rdev_major() */
	u32 layout; /* EROFS_LAYOUT_x */
	u64 blocks; /* offset of the whole blocks */
	u64 tail;   /* offset of the part behind the inode */
	u64 xattrs; /* offset, 0: none */
	u64 xattrs_size;
};

struct image_entry {
	const char *name; /* not terminated */
	u32 len;	  /* 1 to 255; no '/' and no NUL in it */
	u32 type;	  /* EROFS_TYPE_x; a hint, the inode decides */
	u64 nid;
};

struct image_xattr {
	const char *prefix; /* "user." and so on; terminated */
	const char *name;   /* the rest, not terminated */
	u32 name_len;
	u32 value_size;
	const u8 *value;
};

/*
 * Look at the super block; ret refers to base and checks, unless NULL, as long as it is used.
 * -EIO, -EOPNOTSUPP.
 */
MUST_USE int image_open(struct image *ret, const void *base, u64 size,
			struct image_checks *checks);

MUST_USE int image_inode(const struct image *image, u64 nid, struct image_inode *ret);

/* One name in a directory: 0, -ENOENT, -EIO. "." and ".." are found like others. */
MUST_USE int image_lookup(const struct image *image, const struct image_inode *dir,
			  const char *name, u32 len, struct image_entry *ret);

/*
 * The entry at *cursor (0 at first), which then stands behind it: 1, 0 at the end, -EIO.
 * Cursors are stable and grow: block << 12 | index.
 */
MUST_USE int image_readdir(const struct image *image, const struct image_inode *dir,
			   u64 *cursor, struct image_entry *ret);

/* The number that an inode right behind this one would have: a guess at its sibling's. */
u64 image_behind(const struct image *image, const struct image_inode *inode);

/*
 * The bytes from offset on of what the image itself holds (directories, links, small
 * files): at most up to the end of a block. ret_size 0: the end. -EIO; -ENODATA when the
 * content is an object's.
 */
MUST_USE int image_data(const struct image *image, const struct image_inode *inode,
			u64 offset, const u8 **ret, u64 *ret_size);

/* The content's digest: 0, -ENODATA when the file has none, -EIO. */
MUST_USE int image_object(const struct image *image, const struct image_inode *inode,
			  u8 ret[OBJECT_DIGEST_SIZE]);

/* The attribute at *cursor (0 at first) without those that only name objects: 1, 0, -EIO. */
MUST_USE int image_xattr(const struct image *image, const struct image_inode *inode,
			 u64 *cursor, struct image_xattr *ret);

static inline u32 image_rdev_major(u32 rdev)
{
	return rdev >> 8 & 0xfff;
}

static inline u32 image_rdev_minor(u32 rdev)
{
	return (rdev & 0xff) | (rdev >> 12 & 0xfff00);
}

static inline u32 image_rdev(u32 major, u32 minor)
{
	return (minor & 0xff) | (major & 0xfff) << 8 | (minor & 0xfff00) << 12;
}

/* Where an object lies below objects/: the one place that decides it. */
void object_path(const u8 digest[OBJECT_DIGEST_SIZE], char ret[OBJECT_PATH_SIZE]);
/* The other way; "/xx/..." of a redirect too. False: not such a path. */
MUST_USE bool object_parse(const char *path, u64 len, u8 ret[OBJECT_DIGEST_SIZE]);

#endif
