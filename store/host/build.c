/*
 * Making the image of a tree: a metadata-only EROFS file system as composefs has it.
 *
 * OVERVIEW. Inodes follow the super block in the order of a walk that lists a directory's
 * entries before it enters the first of them; blocks of directories and long links follow.
 * Everything in the image comes from the tree and is written in one order, so the same tree
 * gives the same bytes. A file's content is an object, named by the attributes overlayfs
 * reads (trusted.overlay.redirect and .metacopy), or lies behind the inode when it is short.
 * An attribute of the tree's own of that kind is stored as trusted.overlay.overlay.*.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/erofs.h"
#include "store/host/host.h"

#define TAIL_MAX 4000 /* what is longer has blocks of its own */
#define FIRST_INODE (EROFS_SUPER_OFFSET + sizeof(struct erofs_super))
#define XATTR_BYTES_MAX (65534 * 4)
#define FILE_SIZE_MAX ((u64)EROFS_BLOCK_SIZE << 31) /* one chunk of the largest kind */
#define METACOPY_SIZE (4 + DIGEST_SIZE)

struct builder {
	u8 *base; /* NULL while places are being found */
	u64 size;
	u64 at;
	u64 inodes;
	bool has_acl;
	struct inode **order;
	u32 order_capacity;
};

static const struct {
	const char *name;
	u8 index;
	bool whole;
} prefixes[] = {
	{ "user.", 1, false },
	{ "system.posix_acl_access", 2, true },
	{ "system.posix_acl_default", 3, true },
	{ "trusted.", 4, false },
	{ "security.", 6, false },
};

/* The index of the prefix, 0 when the format has none; *ret_rest is the rest of the name. */
static u8 xattr_prefix(const char *name, const char **ret_rest)
{
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		size_t len = strlen(prefixes[i].name);

		if (prefixes[i].whole ? strcmp(name, prefixes[i].name) == 0 :
					strncmp(name, prefixes[i].name, len) == 0) {
			*ret_rest = name + len;
			return prefixes[i].index;
		}
	}
	return 0;
}

/* --- sizes --- */

static bool is_escaped(const char *name)
{
	return strncmp(name, "trusted.overlay.", 16) == 0;
}

static u32 entry_bytes(size_t name_len, u32 value_size)
{
	return (u32)ALIGN_UP(sizeof(struct erofs_xattr_entry) + name_len + value_size, 4ul);
}

/* Bytes of all attributes with their header, 0: none. */
static int xattrs_measure(struct builder *b, struct inode *inode, u32 *ret)
{
	u64 bytes = 0;

	for (u32 i = 0; i < inode->xattr_count; i++) {
		const struct tree_xattr *xattr = &inode->xattrs[i];
		const char *rest;
		u8 prefix = xattr_prefix(xattr->name, &rest);
		size_t len = strlen(rest) + (is_escaped(xattr->name) ? 8 : 0);

		if (prefix == 0 || len > 255 || xattr->size > 65535) {
			complain("attribute %s cannot be kept in an image", xattr->name);
			return -1;
		}
		b->has_acl |= prefix == 2 || prefix == 3;
		bytes += entry_bytes(len, xattr->size);
	}
	if (inode->content == CONTENT_OBJECT)
		bytes += entry_bytes(strlen("overlay.redirect"), OBJECT_PATH_SIZE) +
			 entry_bytes(strlen("overlay.metacopy"), METACOPY_SIZE);
	if (bytes > XATTR_BYTES_MAX - sizeof(struct erofs_xattr_header)) {
		complain("a file has more attributes than an image can hold");
		return -1;
	}
	*ret = bytes == 0 ? 0 : (u32)(bytes + sizeof(struct erofs_xattr_header));
	return 0;
}

struct dir_fill {
	u64 whole; /* bytes in full blocks */
	u32 used;  /* in the last block */
};

/* The next entry of so long a name: true when it opens a new block. */
static bool dir_fill_add(struct dir_fill *fill, u32 len)
{
	bool next = fill->used + sizeof(struct erofs_dirent) + len > EROFS_BLOCK_SIZE;

	if (next) {
		fill->whole += EROFS_BLOCK_SIZE;
		fill->used = 0;
	}
	fill->used += (u32)sizeof(struct erofs_dirent) + len;
	return next;
}

struct listed {
	const char *name;
	u32 len;
	const struct inode *inode;
};

/* The index-th name of a directory with "." and ".." in their places. */
static int listed_order(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;
	int order = memcmp(x->name, y->name, MIN(x->len, y->len));

	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

static struct listed *list_names(const struct inode *dir, u32 *ret_count)
{
	u32 count = dir->entry_count + 2;
	struct listed *list = xmalloc(count * sizeof(*list));

	list[0] = (struct listed){ ".", 1, dir };
	list[1] = (struct listed){ "..", 2, dir->parent };
	for (u32 i = 0; i < dir->entry_count; i++)
		list[2 + i] = (struct listed){ dir->entries[i]->name, dir->entries[i]->len,
					       dir->entries[i]->inode };
	/* Only names before "." (such as "-x" or "!") make this more than a look. */
	qsort(list, count, sizeof(*list), listed_order);
	*ret_count = count;
	return list;
}

static u64 dir_size(const struct inode *dir)
{
	struct dir_fill fill = { 0 };
	u32 count;
	struct listed *list = list_names(dir, &count);

	for (u32 i = 0; i < count; i++)
		dir_fill_add(&fill, list[i].len);
	free(list);
	return fill.whole + fill.used;
}

/* --- places --- */

static int inode_place(struct builder *b, struct inode *inode)
{
	u64 size, tail, end;

	if (xattrs_measure(b, inode, &inode->xattr_bytes) < 0)
		return -1;
	inode->layout = EROFS_LAYOUT_PLAIN;
	inode->image_size = inode->size;
	if (inode_is(inode, S_IFDIR))
		inode->image_size = dir_size(inode);
	else if (inode_is(inode, S_IFLNK))
		inode->image_size = strlen(inode->target);
	else if (!inode_is(inode, S_IFREG))
		inode->image_size = 0;
	tail = inode->image_size % EROFS_BLOCK_SIZE;
	size = sizeof(struct erofs_inode_long) + inode->xattr_bytes;
	if (inode->content == CONTENT_OBJECT && inode->size > FILE_SIZE_MAX) {
		complain("a file is too large for an image");
		return -1;
	}
	if (inode->content == CONTENT_OBJECT) {
		inode->layout = EROFS_LAYOUT_CHUNKS;
		/* One null block, as large a chunk as it takes. */
		size = ALIGN_UP(size, 4ul) + 4;
		tail = 0;
	} else if (tail != 0 && tail <= TAIL_MAX) {
		inode->layout = EROFS_LAYOUT_INLINE;
	} else {
		tail = 0;
	}
	end = b->at + size;
	while (tail != 0 && end % EROFS_BLOCK_SIZE + tail > EROFS_BLOCK_SIZE)
		end += EROFS_SLOT;
	inode->nid = (end - size) / EROFS_SLOT;
	inode->number = (u32)++b->inodes;
	b->at = ALIGN_UP(end + tail, (u64)EROFS_SLOT);
	return 0;
}

/* A chunk of 2^bits blocks that holds the whole file. */
static u32 chunk_bits(u64 size)
{
	u32 bits = 0;

	while (bits < 31 && (u64)EROFS_BLOCK_SIZE << bits < size)
		bits++;
	return bits;
}

static int order_add(struct builder *b, struct inode *inode)
{
	if (b->inodes >= b->order_capacity) {
		b->order_capacity = b->order_capacity == 0 ? 1024 : b->order_capacity * 2;
		b->order = xrealloc(b->order, b->order_capacity * sizeof(*b->order));
	}
	b->order[b->inodes] = inode;
	inode->placed = true;
	return inode_place(b, inode);
}

/* Every inode gets its number; then the blocks. */
static int place_all(struct builder *b, struct tree *tree)
{
	struct inode *root = tree->root.inode;

	root->parent = root;
	b->at = FIRST_INODE;
	if (order_add(b, root) < 0)
		return -1;
	for (u64 i = 0; i < b->inodes; i++) {
		struct inode *dir = b->order[i];

		if (!inode_is(dir, S_IFDIR))
			continue;
		for (u32 j = 0; j < dir->entry_count; j++) {
			struct inode *inode = dir->entries[j]->inode;

			if (inode->placed)
				continue;
			if (inode_is(inode, S_IFDIR))
				inode->parent = dir;
			if (order_add(b, inode) < 0)
				return -1;
		}
	}
	b->at = ALIGN_UP(b->at, (u64)EROFS_BLOCK_SIZE);
	for (u64 i = 0; i < b->inodes; i++) {
		struct inode *inode = b->order[i];
		u64 bytes = inode->image_size;

		if (inode->layout == EROFS_LAYOUT_CHUNKS)
			continue;
		if (inode->layout == EROFS_LAYOUT_INLINE)
			bytes = ALIGN_DOWN(bytes, (u64)EROFS_BLOCK_SIZE);
		if (bytes == 0)
			continue;
		inode->blocks = b->at;
		b->at += ALIGN_UP(bytes, (u64)EROFS_BLOCK_SIZE);
	}
	b->size = b->at;
	if (b->size / EROFS_BLOCK_SIZE > UINT32_MAX) {
		complain("the tree is too large for an image");
		return -1;
	}
	return 0;
}

/* --- writing --- */

static u8 type_of(const struct inode *inode)
{
	switch (inode->mode & S_IFMT) {
	case S_IFREG:
		return EROFS_TYPE_REG;
	case S_IFDIR:
		return EROFS_TYPE_DIR;
	case S_IFCHR:
		return EROFS_TYPE_CHR;
	case S_IFBLK:
		return EROFS_TYPE_BLK;
	case S_IFIFO:
		return EROFS_TYPE_FIFO;
	case S_IFSOCK:
		return EROFS_TYPE_SOCK;
	case S_IFLNK:
		return EROFS_TYPE_LNK;
	default:
		return EROFS_TYPE_UNKNOWN;
	}
}

static u8 *put(u8 *at, const void *data, size_t size)
{
	memcpy(at, data, size);
	return at + size;
}

static u8 *put_xattr(u8 *at, u8 prefix, const char *escape, const char *name, const void *value,
		     u32 size)
{
	struct erofs_xattr_entry entry = {
		.name_len = (u8)(strlen(escape) + strlen(name)),
		.prefix = prefix,
		.value_size = (u16)size,
	};
	u8 *start = at;

	at = put(at, &entry, sizeof(entry));
	at = put(at, escape, strlen(escape));
	at = put(at, name, strlen(name));
	put(at, value, size);
	return start + entry_bytes(entry.name_len, size);
}

static u8 *write_xattrs(u8 *at, const struct inode *inode)
{
	struct erofs_xattr_header header = { 0 };
	u8 metacopy[METACOPY_SIZE] = { 0, METACOPY_SIZE, 0, 1 };
	char redirect[OBJECT_PATH_SIZE + 1] = "/";

	at = put(at, &header, sizeof(header));
	for (u32 i = 0; i < inode->xattr_count; i++) {
		const struct tree_xattr *xattr = &inode->xattrs[i];
		const char *rest;
		u8 prefix = xattr_prefix(xattr->name, &rest);

		at = put_xattr(at, prefix, is_escaped(xattr->name) ? "overlay." : "", rest,
			       xattr->value, xattr->size);
	}
	if (inode->content != CONTENT_OBJECT)
		return at;
	memcpy(metacopy + 4, inode->digest, DIGEST_SIZE);
	object_path(inode->digest, redirect + 1);
	at = put_xattr(at, 4, "overlay.", "metacopy", metacopy, sizeof(metacopy));
	return put_xattr(at, 4, "overlay.", "redirect", redirect, OBJECT_PATH_SIZE);
}

static u8 *dir_block_at(struct builder *b, const struct inode *dir, u64 offset, u8 *tail)
{
	if (dir->layout == EROFS_LAYOUT_INLINE &&
	    offset >= ALIGN_DOWN(dir->image_size, (u64)EROFS_BLOCK_SIZE))
		return tail;
	return b->base + dir->blocks + offset;
}

static void write_block(u8 *at, const struct listed *list, u32 count)
{
	u32 name_at = count * (u32)sizeof(struct erofs_dirent);

	for (u32 i = 0; i < count; i++) {
		struct erofs_dirent entry = {
			.nid = list[i].inode->nid,
			.name_offset = (u16)name_at,
			.type = type_of(list[i].inode),
		};

		put(at + i * sizeof(entry), &entry, sizeof(entry));
		put(at + name_at, list[i].name, list[i].len);
		name_at += list[i].len;
	}
}

static void write_dir(struct builder *b, const struct inode *dir, u8 *tail)
{
	struct dir_fill fill = { 0 };
	u32 count, first = 0;
	struct listed *list = list_names(dir, &count);
	u64 offset = 0;

	for (u32 i = 0; i < count; i++) {
		if (!dir_fill_add(&fill, list[i].len))
			continue;
		write_block(dir_block_at(b, dir, offset, tail), list + first, i - first);
		first = i;
		offset = fill.whole;
	}
	write_block(dir_block_at(b, dir, offset, tail), list + first, count - first);
	free(list);
}

static u32 links_of(const struct inode *inode)
{
	u32 links = 2;

	if (!inode_is(inode, S_IFDIR))
		return inode->links;
	for (u32 i = 0; i < inode->entry_count; i++)
		links += inode_is(inode->entries[i]->inode, S_IFDIR);
	return links;
}

static u32 place_of(const struct inode *inode)
{
	switch (inode->mode & S_IFMT) {
	case S_IFCHR:
	case S_IFBLK:
		return inode->rdev;
	case S_IFREG:
	case S_IFDIR:
	case S_IFLNK:
		if (inode->layout == EROFS_LAYOUT_CHUNKS)
			return chunk_bits(inode->size);
		return (u32)(inode->blocks / EROFS_BLOCK_SIZE);
	default:
		return 0;
	}
}

static void write_inode(struct builder *b, const struct inode *inode)
{
	static const u32 null_block = EROFS_NULL_BLOCK;
	struct erofs_inode_long disk = {
		.format = (u16)(EROFS_FORMAT_LONG | inode->layout << EROFS_LAYOUT_SHIFT),
		.mode = (u16)inode->mode,
		.size = inode->image_size,
		.place = place_of(inode),
		.ino = inode->number,
		.uid = inode->uid,
		.gid = inode->gid,
		.mtime = (u64)inode->mtime,
		.mtime_nsec = inode->mtime_nsec,
		.nlink = links_of(inode),
	};
	u8 *at = b->base + inode->nid * EROFS_SLOT;

	if (inode->xattr_bytes != 0)
		disk.xattr_count = (u16)(
			(inode->xattr_bytes - sizeof(struct erofs_xattr_header)) / 4 + 1);
	at = put(at, &disk, sizeof(disk));
	if (inode->xattr_bytes != 0)
		at = write_xattrs(at, inode);
	if (inode_is(inode, S_IFDIR))
		write_dir(b, inode, at);
	else if (inode_is(inode, S_IFLNK))
		put(inode->layout == EROFS_LAYOUT_INLINE ? at : b->base + inode->blocks,
		    inode->target, inode->image_size);
	else if (inode->content == CONTENT_INLINE)
		put(at, inode->bytes, inode->size);
	else if (inode->content == CONTENT_OBJECT)
		put(at, &null_block, sizeof(null_block));
}

static void write_super(struct builder *b, const struct tree *tree)
{
	struct composefs_header header = {
		.magic = COMPOSEFS_MAGIC,
		.version = 1,
		.flags = b->has_acl,
	};
	struct erofs_super super = {
		.magic = EROFS_MAGIC,
		.feature_compat = EROFS_COMPAT_MTIME,
		.block_bits = EROFS_BLOCK_BITS,
		.root = (u16)tree->root.inode->nid,
		.inodes = b->inodes,
		.blocks = (u32)(b->size / EROFS_BLOCK_SIZE),
		.feature_incompat = EROFS_INCOMPAT_CHUNKED,
	};

	put(b->base, &header, sizeof(header));
	put(b->base + EROFS_SUPER_OFFSET, &super, sizeof(super));
}

int image_build(struct tree *tree, void **ret, size_t *ret_size)
{
	struct builder b = { 0 };
	int result;

	tree_sort(tree);
	result = place_all(&b, tree);
	if (result == 0) {
		b.base = xcalloc(1, b.size);
		write_super(&b, tree);
		for (u64 i = 0; i < b.inodes; i++)
			write_inode(&b, b.order[i]);
		*ret = b.base;
		*ret_size = b.size;
	}
	free(b.order);
	return result;
}

static int place_image(struct store *store, const void *data, size_t size,
		       const u8 digest[DIGEST_SIZE], const struct pieces *pieces)
{
	char path[OBJECT_PATH_SIZE];
	struct stat st;
	char *temp;
	int fd, result;

	object_path(digest, path);
	if (size > PIECE_SIZE)
		pieces_place(store, pieces, path);
	if (fstatat(store->images, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) && (u64)st.st_size == size)
		return 0;
	fd = store_temp(store, &temp);
	if (fd < 0)
		return -1;
	result = write_all(fd, data, size) < 0 || fchmod(fd, 0444) < 0 || fsync(fd) < 0 ? -1 : 0;
	close(fd);
	path[2] = 0;
	if (result == 0 && mkdirat(store->images, path, 0777) < 0 && errno != EEXIST)
		result = -1;
	path[2] = '/';
	if (result == 0)
		result = renameat(store->tmp, temp, store->images, path);
	if (result < 0) {
		complain("%s/images/%s: %s", store->path, path, strerror(errno));
		unlinkat(store->tmp, temp, 0);
	}
	free(temp);
	return result;
}

int image_publish(struct store *store, struct tree *tree, u8 ret[DIGEST_SIZE])
{
	struct pieces pieces = { 0 };
	struct verity *verity;
	void *data;
	size_t size;
	int result;

	if (image_build(tree, &data, &size) < 0)
		return -1;
	verity = xmalloc(sizeof(*verity));
	verity_begin(verity, &pieces);
	verity_add(verity, data, size);
	verity_end(verity, ret);
	free(verity);
	result = place_image(store, data, size, ret, &pieces);
	pieces_fini(&pieces);
	/* Also what others have put there and we only found: before a name refers to it. */
	if (result == 0)
		result = store_sync(store);
	free(data);
	return result;
}
