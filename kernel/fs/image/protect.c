/*
 * Which files of an image nobody may change: `nacre store protect`.
 *
 * OVERVIEW. The broker names paths of the image. What lies there and everything below it is
 * protected, by inode number, so that other names of the same file are no way around; the
 * directories that lead there keep their names. All of it is looked up in the manifest, once,
 * when the image is mounted. The layer over the image marks its inodes by it.
 *
 * LIFETIME. Made before the first fork, then never changed: no lock.
 */
#include "kernel/fs/image/imagefs.h"
#include "kernel/vfs/flags.h"
#include "lib/names.h"
#include "lib/string.h"
#include "platform/plat.h"

#define SLOTS_MIN 64u
#define SLOTS_MAX (1u << 28)

struct slot {
	u64 ino; /* 0: free */
	u32 flags;
};

struct protection {
	bool all; /* no table is needed */
	struct slot *slots;
	u32 slot_count; /* a power of two */
	u32 used;
	/* Directories whose entries are still to be looked at, by inode number. */
	u64 *todo;
	u32 todo_count, todo_capacity;
};

static struct slot *slot_of(const struct protection *p, u64 ino)
{
	u32 at = (u32)(ino * 0x9e3779b97f4a7c15ull >> 32) & (p->slot_count - 1);

	while (p->slots[at].ino != 0 && p->slots[at].ino != ino)
		at = (at + 1) & (p->slot_count - 1);
	return &p->slots[at];
}

static int grow(struct protection *p)
{
	struct protection larger = { .slot_count = p->slot_count == 0 ? SLOTS_MIN :
									 p->slot_count * 2 };

	if (p->slot_count != 0 && p->used < p->slot_count / 2)
		return 0;
	if (larger.slot_count > SLOTS_MAX)
		return -ENOMEM;
	larger.slots = kzalloc(larger.slot_count * sizeof(*larger.slots));
	if (larger.slots == NULL)
		return -ENOMEM;
	for (u32 i = 0; i < p->slot_count; i++)
		if (p->slots[i].ino != 0)
			*slot_of(&larger, p->slots[i].ino) = p->slots[i];
	kfree(p->slots);
	p->slots = larger.slots;
	p->slot_count = larger.slot_count;
	return 0;
}

/* 1: it had not that flag before; 0, -ENOMEM. */
static int mark(struct protection *p, u64 nid, u32 flag)
{
	struct slot *slot;
	int err = grow(p);

	if (err < 0)
		return err;
	slot = slot_of(p, nid + 1);
	if (slot->flags & flag)
		return 0;
	p->used += slot->ino == 0;
	slot->ino = nid + 1;
	slot->flags |= flag;
	return 1;
}

static int todo_add(struct protection *p, u64 nid)
{
	if (p->todo_count == p->todo_capacity) {
		u32 capacity = p->todo_capacity == 0 ? 64 : p->todo_capacity * 2;
		u64 *more = kzalloc(capacity * sizeof(*more));

		if (more == NULL)
			return -ENOMEM;
		if (p->todo != NULL)
			memcpy(more, p->todo, p->todo_count * sizeof(*more));
		kfree(p->todo);
		p->todo = more;
		p->todo_capacity = capacity;
	}
	p->todo[p->todo_count++] = nid;
	return 0;
}

/* An inode is protected; a directory's entries will be. Each is met once: hostile images end. */
static int protect(struct protection *p, const struct image *image, u64 nid)
{
	struct image_inode inode;
	int r = mark(p, nid, INODE_PROTECTED);

	if (r == 1)
		r = image_inode(image, nid, &inode);
	else
		return r;
	return r == 0 && LINUX_S_ISDIR(inode.mode) ? todo_add(p, nid) : r;
}

static int protect_below(struct protection *p, const struct image *image)
{
	struct image_entry entry;
	struct image_inode dir;
	int r = 0;

	while (r == 0 && p->todo_count != 0) {
		u64 cursor = 0;

		r = image_inode(image, p->todo[--p->todo_count], &dir);
		while (r == 0 && (r = image_readdir(image, &dir, &cursor, &entry)) == 1)
			r = name_is_dots(entry.name, entry.len) ? 0 : protect(p, image, entry.nid);
	}
	return r;
}

/* The path has no leading slash and no empty parts; links in it are not followed. */
static int protect_path(struct protection *p, const struct image *image, const char *path)
{
	struct image_entry entry = { .nid = image->root };
	struct image_inode dir;
	int r = 0;

	while (r == 0 && *path != '\0') {
		const char *end = path;

		while (*end != '\0' && *end != '/')
			end++;
		r = mark(p, entry.nid, INODE_NAME_KEPT);
		if (r >= 0)
			r = image_inode(image, entry.nid, &dir);
		if (r == 0)
			r = LINUX_S_ISDIR(dir.mode) ? image_lookup(image, &dir, path,
								   (u32)(end - path), &entry) :
						      -ENOTDIR;
		path = *end == '/' ? end + 1 : end;
	}
	return r < 0 ? r : protect(p, image, entry.nid);
}

int image_protection(struct super *sb, const char *paths, u32 count, struct protection **ret)
{
	const struct image *image = &((struct image_super *)sb->private)->image;
	struct protection *p;
	int err = 0;

	*ret = NULL;
	if (count == 0)
		return 0;
	p = kzalloc(sizeof(*p));
	if (p == NULL)
		return -ENOMEM;
	for (u32 i = 0; i < count && err == 0; i++, paths += strlen(paths) + 1) {
		p->all |= *paths == '\0';
		if (!p->all)
			err = protect_path(p, image, paths);
		if (err == 0)
			err = protect_below(p, image);
		if (err < 0)
			plat_log("image: what is protected, %s, is not there: error %d", paths,
				 -err);
	}
	kfree(p->todo);
	p->todo = NULL;
	if (err < 0) {
		protection_destroy(p);
		return err;
	}
	*ret = p;
	return 0;
}

u32 protection_of(const struct protection *p, u64 ino)
{
	if (p == NULL)
		return 0;
	return p->all ? INODE_PROTECTED : slot_of(p, ino)->flags;
}

void protection_destroy(struct protection *p)
{
	if (p == NULL)
		return;
	kfree(p->slots);
	kfree(p->todo);
	kfree(p);
}
