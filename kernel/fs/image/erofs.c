/* Reading an EROFS image that lies in memory. See erofs.h. */
#include "kernel/fs/image/erofs.h"

#include "abi/errno.h"
#include "abi/linux/dirent.h"
#include "abi/linux/stat.h"
#include "lib/checked.h"
#include "lib/string.h"

#define EROFS_MAGIC 0xe0f5e1e2u
#define SUPER_OFFSET 1024u
#define SUPER_SIZE 128u
#define INCOMPAT_CHUNKED_FILE 0x4u
#define NID_SHIFT 5
#define COMPACT_SIZE 32u
#define EXTENDED_SIZE 64u
#define XATTR_HEADER 12u
#define DIRENT_SIZE 12u
#define NAME_MAX 255u
#define CHUNK_BITS_MASK 0x1fu
#define CHUNK_INDEXES 0x20u
#define CHUNK_NONE 0xffffffffu

static u16 get16(const u8 *p)
{
	return (u16)(p[0] | p[1] << 8);
}

static u32 get32(const u8 *p)
{
	return (u32)get16(p) | (u32)get16(p + 2) << 16;
}

static u64 get64(const u8 *p)
{
	return (u64)get32(p) | (u64)get32(p + 4) << 32;
}

/* The bytes at offset, or NULL when they do not lie in the image. */
static const u8 *at(const struct erofs *e, u64 offset, u64 len)
{
	return range_inside(offset, len, e->size) ? e->base + offset : NULL;
}

const char *erofs_open(struct erofs *e, const void *base, u64 size)
{
	const u8 *s;

	*e = (struct erofs){ .base = base, .size = size };
	s = at(e, SUPER_OFFSET, SUPER_SIZE);
	if (s == NULL)
		return "too short for a superblock";
	if (get32(s) != EROFS_MAGIC)
		return "magic: not an EROFS image";
	e->block_bits = s[12];
	if (e->block_bits < 9 || e->block_bits > 16)
		return "blkszbits: expected 9 to 16";
	if (get32(s + 80) & ~INCOMPAT_CHUNKED_FILE)
		return "feature_incompat: compression or another unknown feature";
	if (s[90] != 0)
		return "dirblkbits: directory blocks must be as large as others";
	e->root = get16(s + 14);
	e->inode_count = get64(s + 16);
	e->build_sec = (s64)get64(s + 24);
	e->build_nsec = get32(s + 32);
	e->meta = (u64)get32(s + 40) << e->block_bits;
	e->xattr = (u64)get32(s + 44) << e->block_bits;
	if (e->build_nsec > 999999999u)
		return "build_time_nsec: more than a second";
	if (e->meta > size)
		return "meta_blkaddr: lies beyond the image's end";
	return NULL;
}

/* --- inodes --- */

static void decode_extended(const u8 *p, struct erofs_inode *ret)
{
	ret->size = get64(p + 8);
	ret->uid = get32(p + 24);
	ret->gid = get32(p + 28);
	ret->mtime_sec = (s64)get64(p + 32);
	ret->mtime_nsec = get32(p + 40);
	ret->nlink = get32(p + 44);
}

static void decode_compact(const struct erofs *e, const u8 *p, struct erofs_inode *ret)
{
	ret->nlink = get16(p + 6);
	ret->size = get32(p + 8);
	ret->uid = get16(p + 24);
	ret->gid = get16(p + 26);
	ret->mtime_sec = e->build_sec;
	ret->mtime_nsec = e->build_nsec;
}

static bool mode_is_known(u32 mode)
{
	switch (mode & LINUX_S_IFMT) {
	case LINUX_S_IFREG:
	case LINUX_S_IFDIR:
	case LINUX_S_IFLNK:
	case LINUX_S_IFCHR:
	case LINUX_S_IFBLK:
	case LINUX_S_IFIFO:
	case LINUX_S_IFSOCK:
		return true;
	default:
		return false;
	}
}

int erofs_inode(const struct erofs *e, u64 nid, struct erofs_inode *ret)
{
	u64 offset, tail;
	u32 format, icount, size;
	const u8 *p;

	if (nid > e->size >> NID_SHIFT)
		return -EIO;
	offset = e->meta + (nid << NID_SHIFT);
	p = at(e, offset, COMPACT_SIZE);
	if (p == NULL)
		return -EIO;
	format = get16(p);
	size = format & 1 ? EXTENDED_SIZE : COMPACT_SIZE;
	p = at(e, offset, size);
	if (p == NULL || format >> 4 != 0)
		return -EIO;
	icount = get16(p + 2);
	*ret = (struct erofs_inode){
		.nid = nid,
		.mode = get16(p + 4),
		.layout = (enum erofs_layout)(format >> 1 & 7),
		.place = get32(p + 16),
		.xattrs = offset + size,
		.xattrs_size = icount == 0 ? 0 : (icount - 1) * 4 + XATTR_HEADER,
	};
	if (format & 1)
		decode_extended(p, ret);
	else
		decode_compact(e, p, ret);
	tail = ret->xattrs + ret->xattrs_size;
	ret->tail = tail;
	if (LINUX_S_ISCHR(ret->mode) || LINUX_S_ISBLK(ret->mode))
		ret->rdev = ret->place;
	if (tail > e->size || !mode_is_known(ret->mode) || ret->mtime_nsec > 999999999u ||
	    ret->size >> 63 != 0)
		return -EIO;
	return ret->layout == EROFS_PLAIN || ret->layout == EROFS_INLINE ||
			       ret->layout == EROFS_CHUNKS ?
		       0 :
		       -EIO;
}

/* --- data --- */

const u8 *erofs_data(const struct erofs *e, const struct erofs_inode *i, u64 offset,
		     u64 *ret_len)
{
	u64 block = (u64)1 << e->block_bits, whole, start, len;

	if (offset >= i->size || i->layout == EROFS_CHUNKS)
		return NULL;
	whole = i->layout == EROFS_INLINE ? i->size & ~(block - 1) : i->size;
	if (offset < whole) {
		start = (u64)i->place << e->block_bits;
		len = whole - offset;
		if (!checked_add(start, offset, &start))
			return NULL;
	} else {
		start = i->tail + (offset - whole);
		len = i->size - offset;
		/* The rest lies in the block of the inode. */
		if ((i->tail & (block - 1)) + (i->size - whole) > block)
			return NULL;
	}
	if (start > e->size)
		return NULL;
	*ret_len = len;
	return at(e, start, len);
}

bool erofs_is_hole(const struct erofs *e, const struct erofs_inode *i)
{
	u32 bits = e->block_bits + (i->place & CHUNK_BITS_MASK);
	u32 step = i->place & CHUNK_INDEXES ? 8 : 4;
	u64 table = ALIGN_UP(i->tail, (u64)step), count;

	if (i->layout != EROFS_CHUNKS || bits > 62)
		return false;
	count = (i->size >> bits) + ((i->size & (((u64)1 << bits) - 1)) != 0);
	if (count > e->size / step || at(e, table, count * step) == NULL)
		return false;
	for (u64 n = 0; n < count; n++)
		if (get32(e->base + table + n * step + step - 4) != CHUNK_NONE)
			return false;
	return true;
}

/* --- names --- */

struct block {
	const u8 *data;
	u32 len;
	u32 count; /* entries, at least one */
};

/* The block of a directory at offset, a multiple of the block size. */
static bool block_get(const struct erofs *e, const struct erofs_inode *dir, u64 offset,
		      struct block *ret)
{
	u64 len;
	u32 first;
	const u8 *p = erofs_data(e, dir, offset, &len);

	if (p == NULL)
		return false;
	len = MIN(len, (u64)1 << e->block_bits);
	if (len < DIRENT_SIZE)
		return false;
	first = get16(p + 8);
	if (first < DIRENT_SIZE || first % DIRENT_SIZE != 0 || first > len)
		return false;
	*ret = (struct block){ .data = p, .len = (u32)len, .count = first / DIRENT_SIZE };
	return true;
}

static bool entry_get(const struct block *b, u32 index, struct erofs_name *ret)
{
	static const u8 types[] = {
		LINUX_DT_UNKNOWN, LINUX_DT_REG,	 LINUX_DT_DIR, LINUX_DT_CHR,
		LINUX_DT_BLK,	  LINUX_DT_FIFO, LINUX_DT_SOCK, LINUX_DT_LNK,
	};
	const u8 *p = b->data + (u64)index * DIRENT_SIZE;
	u32 start = get16(p + 8), end = b->len, type = p[10];

	if (index + 1 < b->count)
		end = get16(p + DIRENT_SIZE + 8);
	if (start < b->count * DIRENT_SIZE || end > b->len || start >= end)
		return false;
	*ret = (struct erofs_name){
		.name = b->data + start,
		.len = (u32)strnlen((const char *)b->data + start, end - start),
		.type = type < ARRAY_SIZE(types) ? types[type] : LINUX_DT_UNKNOWN,
		.nid = get64(p),
	};
	return ret->len != 0 && ret->len <= NAME_MAX && memchr(ret->name, '/', ret->len) == NULL;
}

/* Order of names: by bytes, the shorter first. */
static int compare(const char *a, size_t a_len, const struct erofs_name *b)
{
	int order = memcmp(a, b->name, MIN(a_len, (size_t)b->len));

	if (order != 0)
		return order;
	return a_len < b->len ? -1 : a_len > b->len;
}

static int block_find(const struct block *b, const char *name, size_t len,
		      struct erofs_name *ret)
{
	u32 low = 0, high = b->count;

	while (low < high) {
		u32 middle = low + (high - low) / 2;
		int order;

		if (!entry_get(b, middle, ret))
			return -EIO;
		order = compare(name, len, ret);
		if (order == 0)
			return 0;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -ENOENT;
}

/* The last block whose first name is not behind the wanted one is the only candidate. */
int erofs_lookup(const struct erofs *e, const struct erofs_inode *dir, const char *name,
		 size_t len, struct erofs_name *ret)
{
	u64 low = 0, high = (dir->size + ((u64)1 << e->block_bits) - 1) >> e->block_bits;
	struct block b;

	if (!LINUX_S_ISDIR(dir->mode))
		return -ENOTDIR;
	while (low < high) {
		u64 middle = low + (high - low) / 2;
		int order;

		if (!block_get(e, dir, middle << e->block_bits, &b) || !entry_get(&b, 0, ret))
			return -EIO;
		order = compare(name, len, ret);
		if (order == 0)
			return 0;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	if (low == 0)
		return -ENOENT;
	if (!block_get(e, dir, (low - 1) << e->block_bits, &b))
		return -EIO;
	return block_find(&b, name, len, ret);
}

int erofs_next_name(const struct erofs *e, const struct erofs_inode *dir, u64 *pos,
		    struct erofs_name *ret)
{
	u64 mask = ((u64)1 << e->block_bits) - 1;
	struct block b;
	u64 index;

	while (*pos < dir->size) {
		if (!block_get(e, dir, *pos & ~mask, &b))
			return -EIO;
		index = ((*pos & mask) + DIRENT_SIZE - 1) / DIRENT_SIZE;
		if (index < b.count) {
			*pos = (*pos & ~mask) + (index + 1) * DIRENT_SIZE;
			return entry_get(&b, (u32)index, ret) ? 1 : -EIO;
		}
		*pos = (*pos & ~mask) + mask + 1;
	}
	return 0;
}

/* --- extended attributes --- */

static const char *prefix_of(u32 index)
{
	static const char *const prefixes[] = {
		NULL, "user.", "system.posix_acl_access", "system.posix_acl_default",
		"trusted.", "lustre.", "security.",
	};

	return index < ARRAY_SIZE(prefixes) ? prefixes[index] : NULL;
}

/* The entry at offset, which must end before limit; *ret_size is what it takes. */
static bool xattr_get(const struct erofs *e, u64 offset, u64 limit, struct erofs_xattr *ret,
		      u64 *ret_size)
{
	const u8 *p;

	if (limit > e->size || !range_inside(offset, 4, limit))
		return false;
	p = e->base + offset;
	*ret = (struct erofs_xattr){
		.prefix = prefix_of(p[1]),
		.name = p + 4,
		.name_len = p[0],
		.value = p + 4 + p[0],
		.value_len = get16(p + 2),
	};
	*ret_size = ALIGN_UP(4ul + ret->name_len + ret->value_len, 4);
	return ret->prefix != NULL &&
	       range_inside(offset, 4ul + ret->name_len + ret->value_len, limit) &&
	       memchr(ret->name, 0, ret->name_len) == NULL;
}

int erofs_next_xattr(const struct erofs *e, const struct erofs_inode *i,
		     struct erofs_xattr_cursor *c, struct erofs_xattr *ret)
{
	u64 end = i->xattrs + i->xattrs_size, first, size;
	u32 shared;

	if (i->xattrs_size == 0)
		return 0;
	shared = e->base[i->xattrs + 4];
	first = i->xattrs + XATTR_HEADER + shared * 4ul;
	if (first > end)
		return -EIO;
	if (c->index < shared) {
		u64 id = get32(e->base + i->xattrs + XATTR_HEADER + c->index++ * 4ul);

		return xattr_get(e, e->xattr + id * 4, e->size, ret, &size) ? 1 : -EIO;
	}
	if (c->offset == 0)
		c->offset = first;
	if (c->offset + 4 > end)
		return 0;
	if (!xattr_get(e, c->offset, end, ret, &size))
		return -EIO;
	c->offset += size;
	return 1;
}

static bool is_digit(u8 c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* "/12/3456..." or the same without the first slash: 64 digits in all. */
static bool redirect_decode(const u8 *p, u32 len, char *ret)
{
	u32 n = 0;

	if (len > 0 && *p == '/') {
		p++;
		len--;
	}
	if (len != EROFS_DIGEST_HEX + 1 || p[2] != '/')
		return false;
	for (u32 k = 0; k < len; k++) {
		if (k == 2)
			continue;
		if (!is_digit(p[k]))
			return false;
		ret[n++] = (char)p[k];
	}
	ret[n] = '\0';
	return true;
}

int erofs_object(const struct erofs *e, const struct erofs_inode *i,
		 char ret_digest[EROFS_DIGEST_HEX + 1])
{
	static const char name[] = "overlay.redirect";
	struct erofs_xattr_cursor c = { 0 };
	struct erofs_xattr x;
	int r;

	if (!LINUX_S_ISREG(i->mode))
		return 0;
	while ((r = erofs_next_xattr(e, i, &c, &x)) == 1) {
		if (!str_equal(x.prefix, "trusted.") || x.name_len != sizeof(name) - 1 ||
		    memcmp(x.name, name, sizeof(name) - 1) != 0)
			continue;
		return redirect_decode(x.value, x.value_len, ret_digest) ? 1 : -EIO;
	}
	return r;
}
