/* Reading an image: see image.h. Every byte of it may be hostile. */
#include "store/image.h"

#include "abi/errno.h"
#include "lib/atomic.h"
#include "lib/checked.h"
#include "lib/string.h"
#include "store/erofs.h"

#define S_IFMT 0170000u
#define S_IFDIR 0040000u
#define S_IFLNK 0120000u
#define S_IFREG 0100000u
#define S_IFCHR 0020000u
#define S_IFBLK 0060000u
#define S_IFIFO 0010000u
#define S_IFSOCK 0140000u

#define PREFIX_COUNT 7
#define PREFIX_TRUSTED 4

static const char *const prefixes[PREFIX_COUNT] = {
	NULL,
	"user.",
	"system.posix_acl_access",
	"system.posix_acl_default",
	"trusted.",
	"lustre.",
	"security.",
};

/* --- names of objects --- */

void object_path(const u8 digest[OBJECT_DIGEST_SIZE], char ret[OBJECT_PATH_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	u32 n = 0;

	for (u32 i = 0; i < OBJECT_DIGEST_SIZE; i++) {
		if (i == 1)
			ret[n++] = '/';
		ret[n++] = digits[digest[i] >> 4];
		ret[n++] = digits[digest[i] & 15];
	}
	ret[n] = 0;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool object_parse(const char *path, u64 len, u8 ret[OBJECT_DIGEST_SIZE])
{
	u8 digest[OBJECT_DIGEST_SIZE];

	if (len == OBJECT_PATH_SIZE && path[0] == '/') {
		path++;
		len--;
	}
	if (len != OBJECT_PATH_SIZE - 1 || path[2] != '/')
		return false;
	for (u32 i = 0; i < OBJECT_DIGEST_SIZE; i++) {
		const char *at = path + 2 * i + (i > 0);
		int high = hex_value(at[0]), low = hex_value(at[1]);

		if (high < 0 || low < 0)
			return false;
		digest[i] = (u8)(high << 4 | low);
	}
	memcpy(ret, digest, sizeof(digest));
	return true;
}

/* --- the image --- */

/* Have all pieces of a range of at least a byte been found right? */
static bool is_right(struct image_checks *checks, u64 offset, u64 size)
{
	for (u64 piece = offset >> IMAGE_PIECE_BITS;
	     piece <= (offset + size - 1) >> IMAGE_PIECE_BITS; piece++)
		if (!atomic_load(&checks->right[piece]) && !checks->check(checks, piece))
			return false;
	return true;
}

/* May the range be looked at? */
static bool inside(const struct image *image, u64 offset, u64 size)
{
	return range_inside(offset, size, image->size) &&
	       (image->checks == NULL || size == 0 || is_right(image->checks, offset, size));
}

int image_open(struct image *ret, const void *base, u64 size, struct image_checks *checks)
{
	struct erofs_super super;
	struct image image = { .base = base, .size = size, .checks = checks };
	struct image_inode root;

	if (!inside(&image, EROFS_SUPER_OFFSET, sizeof(super)))
		return -EIO;
	memcpy(&super, image.base + EROFS_SUPER_OFFSET, sizeof(super));
	if (super.magic != EROFS_MAGIC)
		return -EIO;
	if (super.block_bits != EROFS_BLOCK_BITS ||
	    (super.feature_incompat & ~EROFS_INCOMPAT_CHUNKED) != 0 ||
	    super.extra_devices != 0 || super.dir_block_bits != 0 ||
	    super.build_nsec >= 1000000000)
		return -EOPNOTSUPP;
	if ((u64)super.blocks * EROFS_BLOCK_SIZE != size)
		return -EIO;
	image.meta = (u64)super.meta_block * EROFS_BLOCK_SIZE;
	image.shared_xattrs = (u64)super.xattr_block * EROFS_BLOCK_SIZE;
	image.root = super.root;
	image.inodes = super.inodes;
	image.build_time = super.build_time;
	image.build_nsec = super.build_nsec;
	if (image_inode(&image, image.root, &root) < 0 || (root.mode & S_IFMT) != S_IFDIR)
		return -EIO;
	*ret = image;
	return 0;
}

/* Where the bytes of an inode are, and that all of them are inside. */
static int place_data(const struct image *image, struct image_inode *inode, u64 end, u32 place)
{
	u64 whole = ALIGN_DOWN(inode->size, (u64)EROFS_BLOCK_SIZE);
	u64 rest = inode->size - whole;

	inode->blocks = (u64)place * EROFS_BLOCK_SIZE;
	switch (inode->layout) {
	case EROFS_LAYOUT_PLAIN:
		return inode->size == 0 || inside(image, inode->blocks, inode->size) ? 0 : -EIO;
	case EROFS_LAYOUT_INLINE:
		if (whole != 0 && !inside(image, inode->blocks, whole))
			return -EIO;
		/* Linux: a tail that crosses a block is damage. */
		if (rest != 0 && end % EROFS_BLOCK_SIZE + rest > EROFS_BLOCK_SIZE)
			return -EIO;
		return inside(image, end, rest) ? 0 : -EIO;
	case EROFS_LAYOUT_CHUNKS:
		return (inode->mode & S_IFMT) == S_IFREG ? 0 : -EIO;
	default:
		return -EOPNOTSUPP;
	}
}

static int decode_long(const struct erofs_inode_long *disk, struct image_inode *inode,
		       u32 *ret_place)
{
	inode->mode = disk->mode;
	inode->size = disk->size;
	inode->uid = disk->uid;
	inode->gid = disk->gid;
	inode->mtime = disk->mtime;
	inode->mtime_nsec = disk->mtime_nsec;
	inode->nlink = disk->nlink;
	*ret_place = disk->place;
	return inode->mtime_nsec < 1000000000 && inode->size <= INT64_MAX ? 0 : -EIO;
}

static void decode_short(const struct image *image, const struct erofs_inode_short *disk,
			 struct image_inode *inode, u32 *ret_place)
{
	inode->mtime = image->build_time;
	inode->mtime_nsec = image->build_nsec;

	inode->mode = disk->mode;
	inode->size = disk->size;
	inode->uid = disk->uid;
	inode->gid = disk->gid;
	inode->nlink = disk->nlink;
	*ret_place = disk->place;
}

/* Kinds without data. */
static bool kind_is_empty(u32 kind)
{
	return kind == S_IFCHR || kind == S_IFBLK || kind == S_IFIFO || kind == S_IFSOCK;
}

int image_inode(const struct image *image, u64 nid, struct image_inode *ret)
{
	struct image_inode inode = { .nid = nid };
	const struct erofs_inode_short *head;
	u64 offset, size = sizeof(*head), kind;
	u32 place, format, xattr_count;
	int result;

	if (!checked_mul(nid, (u64)EROFS_SLOT, &offset) ||
	    !checked_add(offset, image->meta, &offset) || !inside(image, offset, sizeof(*head)))
		return -EIO;
	/* It may lie at any address. */
	head = (const struct erofs_inode_short *)(image->base + offset);
	format = head->format;
	xattr_count = head->xattr_count;
	inode.layout = format >> EROFS_LAYOUT_SHIFT;
	if (format & EROFS_FORMAT_LONG) {
		size = sizeof(struct erofs_inode_long);
		if (!inside(image, offset, size))
			return -EIO;
		result = decode_long((const struct erofs_inode_long *)head, &inode, &place);
		if (result < 0)
			return result;
	} else {
		decode_short(image, head, &inode, &place);
	}
	offset += size;
	if (xattr_count != 0) {
		inode.xattrs = offset;
		inode.xattrs_size =
			sizeof(struct erofs_xattr_header) + (xattr_count - 1) * 4ul;
		if (!inside(image, offset, inode.xattrs_size))
			return -EIO;
		offset += inode.xattrs_size;
	}
	inode.tail = offset;
	kind = inode.mode & S_IFMT;
	if (kind == S_IFCHR || kind == S_IFBLK)
		inode.rdev = place;
	if (kind == S_IFREG || kind == S_IFDIR || kind == S_IFLNK)
		result = place_data(image, &inode, offset, place);
	else
		result = kind_is_empty(kind) && inode.size == 0 ? 0 : -EIO;
	if (result == 0)
		*ret = inode;
	return result;
}

int image_data(const struct image *image, const struct image_inode *inode, u64 offset,
	       const u8 **ret, u64 *ret_size)
{
	u64 whole = ALIGN_DOWN(inode->size, (u64)EROFS_BLOCK_SIZE);
	u64 in_block = offset % EROFS_BLOCK_SIZE;
	u64 rest;

	if (inode->layout == EROFS_LAYOUT_CHUNKS && inode->size != 0)
		return -ENODATA;
	if (offset >= inode->size) {
		*ret_size = 0;
		return 0;
	}
	rest = MIN(inode->size - offset, EROFS_BLOCK_SIZE - in_block);
	if (inode->layout == EROFS_LAYOUT_INLINE && offset >= whole)
		*ret = image->base + inode->tail + in_block;
	else
		*ret = image->base + inode->blocks + offset;
	*ret_size = rest;
	return 0;
}

u64 image_behind(const struct image *image, const struct image_inode *inode)
{
	u64 end = inode->tail - image->meta;

	if (inode->layout == EROFS_LAYOUT_CHUNKS)
		end += sizeof(u32); /* a table of one chunk, as small files have */
	else if (inode->layout == EROFS_LAYOUT_INLINE)
		end += inode->size % EROFS_BLOCK_SIZE;
	return ALIGN_UP(end, (u64)EROFS_SLOT) / EROFS_SLOT;
}

/* --- directories --- */

struct dir_block {
	const struct erofs_dirent *entries; /* perhaps unaligned */
	u32 size;
	u32 count;
};

static int dir_block(const struct image *image, const struct image_inode *dir, u64 index,
		     struct dir_block *ret)
{
	const u8 *at;
	u64 size;
	u32 first;

	if ((dir->mode & S_IFMT) != S_IFDIR)
		return -ENOTDIR;
	if (image_data(image, dir, index * EROFS_BLOCK_SIZE, &at, &size) < 0 ||
	    size < sizeof(struct erofs_dirent))
		return -EIO;
	ret->entries = (const struct erofs_dirent *)at;
	ret->size = (u32)size;
	first = ret->entries[0].name_offset;
	if (first < sizeof(struct erofs_dirent) || first >= size ||
	    first % sizeof(struct erofs_dirent) != 0)
		return -EIO;
	ret->count = first / (u32)sizeof(struct erofs_dirent);
	return 0;
}

static u32 room_len(const char *name, u32 room)
{
	u32 len = 0;

	while (len < room && name[len] != 0)
		len++;
	return len;
}

/*
 * The name of an entry, as it lies there. The last one of a block may be shorter than its
 * room; others that have a NUL in them are what no name can be.
 */
static int dir_name(const struct dir_block *block, u32 index, const char **ret, u32 *ret_len)
{
	u32 start = block->entries[index].name_offset, end = block->size;

	if (index + 1 < block->count)
		end = block->entries[index + 1].name_offset;
	if (start < block->count * sizeof(struct erofs_dirent) || end > block->size ||
	    start >= end)
		return -EIO;
	*ret = (const char *)block->entries + start;
	*ret_len = end - start;
	if (index + 1 == block->count)
		*ret_len = room_len(*ret, end - start);
	return *ret_len == 0 || *ret_len > EROFS_NAME_MAX ? -EIO : 0;
}

static bool name_is_possible(const char *name, u32 len)
{
	for (u32 i = 0; i < len; i++)
		if (name[i] == 0 || name[i] == '/')
			return false;
	return true;
}

static void take_entry(const struct dir_block *block, u32 index, struct image_entry *ret)
{
	ret->nid = block->entries[index].nid;
	ret->type = block->entries[index].type;
}

static int dir_entry(const struct dir_block *block, u32 index, struct image_entry *ret)
{
	int result = dir_name(block, index, &ret->name, &ret->len);

	if (result < 0)
		return result;
	take_entry(block, index, ret);
	return name_is_possible(ret->name, ret->len) ? 0 : -EIO;
}

/* < 0, 0, > 0 as name sorts against the entry's, whose name ret then has; -EIO in *ret_error. */
static int dir_order(const struct dir_block *block, u32 index, const char *name, u32 len,
		     struct image_entry *ret, int *ret_error)
{
	u32 common, i = 0;

	*ret_error = dir_name(block, index, &ret->name, &ret->len);
	if (*ret_error < 0)
		return 0;
	common = MIN(len, ret->len);
	while (i < common && name[i] == ret->name[i])
		i++;
	if (i < common)
		return (u8)name[i] < (u8)ret->name[i] ? -1 : 1;
	return len < ret->len ? -1 : len > ret->len;
}

/* The block that would hold the name: the last whose first name is not behind it. */
static int lookup_block(const struct image *image, const struct image_inode *dir,
			const char *name, u32 len, struct dir_block *ret)
{
	u64 low = 0, high = (dir->size + EROFS_BLOCK_SIZE - 1) / EROFS_BLOCK_SIZE;

	while (high - low > 1) {
		u64 middle = low + (high - low) / 2;
		struct image_entry first;
		int order, error, result = dir_block(image, dir, middle, ret);

		if (result < 0)
			return result;
		order = dir_order(ret, 0, name, len, &first, &error);
		if (error < 0)
			return error;
		if (order < 0)
			high = middle;
		else
			low = middle;
	}
	return dir_block(image, dir, low, ret);
}

int image_lookup(const struct image *image, const struct image_inode *dir, const char *name,
		 u32 len, struct image_entry *ret)
{
	struct dir_block block;
	struct image_entry entry;
	u32 low = 0, high;
	int result;

	if ((dir->mode & S_IFMT) != S_IFDIR)
		return -ENOTDIR;
	if (dir->size == 0)
		return -ENOENT;
	result = lookup_block(image, dir, name, len, &block);
	if (result < 0)
		return result;
	high = block.count;
	while (low < high) {
		u32 middle = low + (high - low) / 2;
		int order = dir_order(&block, middle, name, len, &entry, &result);

		if (result < 0)
			return result;
		if (order == 0) {
			take_entry(&block, middle, &entry);
			*ret = entry;
			return 0;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -ENOENT;
}

int image_readdir(const struct image *image, const struct image_inode *dir, u64 *cursor,
		  struct image_entry *ret)
{
	u64 index = *cursor >> EROFS_BLOCK_BITS;
	u32 at = *cursor % EROFS_BLOCK_SIZE;
	struct dir_block block;
	int result;

	if ((dir->mode & S_IFMT) != S_IFDIR)
		return -ENOTDIR;
	for (;; index++, at = 0) {
		if (index >= (dir->size + EROFS_BLOCK_SIZE - 1) / EROFS_BLOCK_SIZE)
			return 0;
		result = dir_block(image, dir, index, &block);
		if (result < 0)
			return result;
		if (at < block.count)
			break;
	}
	result = dir_entry(&block, at, ret);
	if (result < 0)
		return result;
	*cursor = (index << EROFS_BLOCK_BITS) + at + 1;
	return 1;
}

/* --- extended attributes --- */

/* The entry at offset; *ret_next stands behind it. limit: nothing of it lies beyond. */
static int xattr_decode(const struct image *image, u64 offset, u64 limit,
			struct image_xattr *ret, u64 *ret_next)
{
	struct erofs_xattr_entry entry;
	u64 size;

	if (!range_inside(offset, sizeof(entry), limit) || !inside(image, offset, sizeof(entry)))
		return -EIO;
	memcpy(&entry, image->base + offset, sizeof(entry));
	size = (u64)entry.name_len + entry.value_size;
	if (!range_inside(offset + sizeof(entry), size, limit) ||
	    !inside(image, offset + sizeof(entry), size))
		return -EIO;
	if (entry.prefix == 0 || entry.prefix >= PREFIX_COUNT)
		return -EIO;
	ret->prefix = prefixes[entry.prefix];
	ret->name = (const char *)image->base + offset + sizeof(entry);
	ret->name_len = entry.name_len;
	ret->value = image->base + offset + sizeof(entry) + entry.name_len;
	ret->value_size = entry.value_size;
	*ret_next = ALIGN_UP(offset + sizeof(entry) + size, 4ul);
	return 0;
}

/*
 * Shared entries first, then those behind the inode: *cursor counts the former, then is the
 * offset of the latter.
 */
static int xattr_any(const struct image *image, const struct image_inode *inode, u64 *cursor,
		     struct image_xattr *ret)
{
	struct erofs_xattr_header header;
	u64 end = inode->xattrs + inode->xattrs_size, entries, place, next;
	u32 shared;
	int result;

	if (inode->xattrs == 0)
		return 0;
	memcpy(&header, image->base + inode->xattrs, sizeof(header));
	entries = inode->xattrs + sizeof(header) + header.shared_count * 4ul;
	if (entries > end)
		return -EIO;
	if (*cursor < header.shared_count) {
		memcpy(&shared, image->base + inode->xattrs + sizeof(header) + *cursor * 4, 4);
		place = image->shared_xattrs + shared * 4ul;
		result = xattr_decode(image, place, image->size, ret, &next);
		if (result < 0)
			return result;
		++*cursor;
		return 1;
	}
	place = MAX(*cursor, entries);
	/* What is less than an entry is padding. */
	if (place + sizeof(struct erofs_xattr_entry) > end)
		return 0;
	result = xattr_decode(image, place, end, ret, &next);
	if (result < 0)
		return result;
	*cursor = next;
	return 1;
}

static const char overlay[] = "overlay.";
#define OVERLAY_LEN (sizeof(overlay) - 1)

static bool is_overlay(const struct image_xattr *xattr)
{
	return xattr->prefix == prefixes[PREFIX_TRUSTED] && xattr->name_len >= OVERLAY_LEN &&
	       memcmp(xattr->name, overlay, OVERLAY_LEN) == 0;
}

int image_xattr(const struct image *image, const struct image_inode *inode, u64 *cursor,
		struct image_xattr *ret)
{
	struct image_xattr xattr;
	int result;

	while ((result = xattr_any(image, inode, cursor, &xattr)) == 1) {
		if (is_overlay(&xattr)) {
			xattr.name += OVERLAY_LEN;
			xattr.name_len -= (u32)OVERLAY_LEN;
			/* One that the tree itself had is stored with a doubled prefix. */
			if (!is_overlay(&xattr))
				continue;
		}
		*ret = xattr;
		return 1;
	}
	return result;
}

static bool overlay_named(const struct image_xattr *xattr, const char *name)
{
	size_t len = strlen(name);

	return is_overlay(xattr) && xattr->name_len == OVERLAY_LEN + len &&
	       memcmp(xattr->name + OVERLAY_LEN, name, len) == 0;
}

int image_object(const struct image *image, const struct image_inode *inode,
		 u8 ret[OBJECT_DIGEST_SIZE])
{
	/* version 0, size, flags 0, algorithm 1 (SHA-256), digest */
	static const u8 metacopy[4] = { 0, 4 + OBJECT_DIGEST_SIZE, 0, 1 };
	u8 redirected[OBJECT_DIGEST_SIZE];
	const u8 *digest = NULL;
	struct image_xattr xattr;
	bool found = false;
	u64 cursor = 0;
	int result;

	if ((inode->mode & S_IFMT) != S_IFREG || inode->layout != EROFS_LAYOUT_CHUNKS)
		return -ENODATA;
	while ((result = xattr_any(image, inode, &cursor, &xattr)) == 1) {
		if (overlay_named(&xattr, "redirect")) {
			found = object_parse((const char *)xattr.value, xattr.value_size,
					     redirected);
			if (!found)
				return -EIO;
		}
		if (overlay_named(&xattr, "metacopy") &&
		    xattr.value_size == sizeof(metacopy) + OBJECT_DIGEST_SIZE &&
		    memcmp(xattr.value, metacopy, sizeof(metacopy)) == 0)
			digest = xattr.value + sizeof(metacopy);
	}
	if (result < 0)
		return result;
	if (!found)
		return inode->size == 0 ? -ENODATA : -EIO;
	if (digest != NULL && memcmp(digest, redirected, sizeof(redirected)) != 0)
		return -EIO;
	memcpy(ret, redirected, sizeof(redirected));
	return 0;
}
