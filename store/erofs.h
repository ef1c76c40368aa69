/*
 * The EROFS disk format, as far as metadata-only images use it: 4 KiB blocks, nothing
 * compressed. All numbers are little-endian; structures may lie unaligned in an image and
 * are copied out before use.
 * Linux: fs/erofs/erofs_fs.h documents the layout (Documentation/filesystems/erofs.rst).
 */
#ifndef NACRE_STORE_EROFS_H
#define NACRE_STORE_EROFS_H

#include "lib/types.h"

#define EROFS_MAGIC 0xe0f5e1e2u
#define EROFS_SUPER_OFFSET 1024
#define EROFS_BLOCK_BITS 12
#define EROFS_BLOCK_SIZE 4096u
#define EROFS_SLOT 32u /* an inode's number counts these from the metadata's start */
#define EROFS_NULL_BLOCK 0xffffffffu
#define EROFS_NAME_MAX 255

#define EROFS_COMPAT_MTIME 0x2u
#define EROFS_INCOMPAT_CHUNKED 0x4u

/* erofs_inode.format: bit 0 the long form, bits 1 to 3 where the data is. */
#define EROFS_FORMAT_LONG 1u
#define EROFS_LAYOUT_SHIFT 1
#define EROFS_LAYOUT_PLAIN 0u  /* whole blocks from raw_block on */
#define EROFS_LAYOUT_INLINE 2u /* the same, the last part behind the inode */
#define EROFS_LAYOUT_CHUNKS 4u /* a table of blocks behind the inode; ours are all null */
#define EROFS_CHUNK_BITS_MASK 0x1fu

/* composefs puts its own header in front of the super block. */
#define COMPOSEFS_MAGIC 0xd078629au

struct composefs_header {
	u32 magic;
	u32 version;
	u32 flags;
	u32 composefs_version;
	u32 unused[4];
};
static_assert(sizeof(struct composefs_header) == 32, "composefs_header");

struct erofs_super {
	u32 magic;
	u32 checksum;
	u32 feature_compat;
	u8 block_bits;
	u8 extension_slots;
	u16 root;
	u64 inodes;
	u64 build_time;
	u32 build_nsec;
	u32 blocks;
	u32 meta_block;
	u32 xattr_block;
	u8 uuid[16];
	u8 volume_name[16];
	u32 feature_incompat;
	u16 compression;
	u16 extra_devices;
	u16 device_slot;
	u8 dir_block_bits;
	u8 xattr_prefixes;
	u32 xattr_prefix_start;
	u64 packed;
	u8 xattr_filter;
	u8 reserved[23];
} PACKED;
static_assert(sizeof(struct erofs_super) == 128, "erofs_super");

struct erofs_inode_short {
	u16 format;
	u16 xattr_count;
	u16 mode;
	u16 nlink;
	u32 size;
	u32 reserved;
	u32 place; /* first block, device number or chunk format */
	u32 ino;
	u16 uid;
	u16 gid;
	u32 reserved2;
} PACKED;
static_assert(sizeof(struct erofs_inode_short) == 32, "erofs_inode_short");

struct erofs_inode_long {
	u16 format;
	u16 xattr_count; /* (size of the inline xattrs - 12) / 4 + 1, or 0: none */
	u16 mode;
	u16 reserved;
	u64 size;
	u32 place; /* first block, device number or chunk format */
	u32 ino;
	u32 uid;
	u32 gid;
	u64 mtime;
	u32 mtime_nsec;
	u32 nlink;
	u8 reserved2[16];
} PACKED;
static_assert(sizeof(struct erofs_inode_long) == 64, "erofs_inode_long");

struct erofs_xattr_header {
	u32 filter;
	u8 shared_count;
	u8 reserved[7];
	/* u32 shared[shared_count]: places of shared entries, in units of 4 bytes */
} PACKED;
static_assert(sizeof(struct erofs_xattr_header) == 12, "erofs_xattr_header");

struct erofs_xattr_entry {
	u8 name_len;
	u8 prefix;
	u16 value_size;
	/* name without its prefix, value; the next entry is aligned to 4 */
} PACKED;
static_assert(sizeof(struct erofs_xattr_entry) == 4, "erofs_xattr_entry");

struct erofs_dirent {
	u64 nid;
	u16 name_offset; /* in the block; the first one's also tells how many there are */
	u8 type;
	u8 reserved;
} PACKED;
static_assert(sizeof(struct erofs_dirent) == 12, "erofs_dirent");

enum {
	EROFS_TYPE_UNKNOWN,
	EROFS_TYPE_REG,
	EROFS_TYPE_DIR,
	EROFS_TYPE_CHR,
	EROFS_TYPE_BLK,
	EROFS_TYPE_FIFO,
	EROFS_TYPE_SOCK,
	EROFS_TYPE_LNK,
};

#endif
