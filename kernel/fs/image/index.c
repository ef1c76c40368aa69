/*
 * The index of an image's names (store/index.h), made while the image is used.
 *
 * OVERVIEW. A sandbox that asks for many names of an image gets an index: a kernel thread walks
 * over all directories beside the guest. Until it is there, and for good in a sandbox with one
 * processor, names are searched for in their directories, which are sorted.
 *
 * Made of what has been verified and never written down, it has no one to be believed but
 * this file. A hostile image may lead its directories in circles and let names collide: both
 * is counted, and there is no index then.
 *
 * LOCKING. None: `index` is set once, complete.
 */
#include "kernel/fs/image/imagefs.h"
#include "lib/names.h"
#include "lib/string.h"
#include "platform/plat.h"
#include "store/erofs.h"

#define SEARCHES_MIN 256u   /* before an index is made, or so many: */
#define NAMES_PER_SEARCH 4u /* more than find makes, which only opens directories */
#define DIRS_FIRST 512u

struct build {
	struct image_super *s;
	u64 *dirs; /* inode numbers, each before what is in it */
	u64 count, space;
	u64 names;
	struct image_index *index; /* the second time: takes them */
};

static bool dir_push(struct build *b, u64 nid)
{
	u64 space = MAX(b->space * 2, (u64)DIRS_FIRST), *dirs;

	if (b->count == b->space) {
		if (b->count >= b->s->image.inodes)
			return false; /* there are not so many: circles */
		dirs = kzalloc(space * sizeof(*dirs));
		if (dirs == NULL)
			return false;
		if (b->count != 0)
			memcpy(dirs, b->dirs, b->count * sizeof(*dirs));
		kfree(b->dirs);
		b->dirs = dirs;
		b->space = space;
	}
	b->dirs[b->count++] = nid;
	return true;
}

/* One directory, to count its names and find those below it, or to take the names. */
static bool dir_read(struct build *b, u64 nid)
{
	const struct image *image = &b->s->image;
	struct image_inode dir;
	struct image_entry e;
	u64 cursor = 0;
	int r;

	if (image_inode(image, nid, &dir) < 0)
		return false;
	while ((r = image_readdir(image, &dir, &cursor, &e)) == 1) {
		if (name_is_dots(e.name, e.len))
			continue;
		if (b->index != NULL) {
			if (!image_index_add(b->index, nid, &e, cursor))
				return false;
			continue;
		}
		if (++b->names > image->size / sizeof(struct erofs_dirent) ||
		    (e.type == EROFS_TYPE_DIR && !dir_push(b, e.nid)))
			return false;
	}
	return r == 0;
}

static bool read_all(struct build *b)
{
	for (u64 i = 0; i < b->count; i++)
		if (!dir_read(b, b->dirs[i]))
			return false;
	return true;
}

static bool index_create(struct build *b)
{
	u64 size = image_index_size(b->names), seed;

	b->index = size == 0 ? NULL : kzalloc(sizeof(*b->index) + size);
	if (b->index == NULL)
		return false;
	plat_random(&seed, sizeof(seed));
	image_index_init(b->index, b->index + 1, b->names, seed);
	return true;
}

static void index_make(void *super)
{
	struct super *sb = super;
	struct build b = { .s = sb->private };

	if (dir_push(&b, b.s->image.root) && read_all(&b) && index_create(&b) && read_all(&b))
		atomic_store(&b.s->index, b.index);
	else
		kfree(b.index);
	kfree(b.dirs);
	super_put(sb);
}

/* The image is used much: it is worth an index. */
static void index_want(struct image_super *s)
{
	if (atomic_xchg(&s->index_asked, 1) != 0)
		return;
	super_get(s->sb);
	if (!ahead_run(index_make, s->sb)) {
		super_put(s->sb);
		atomic_store(&s->index_asked, 0);
		s->searches = 0; /* another time */
	}
}

int image_find(struct image_super *s, const struct image_inode *dir, const char *name,
	       size_t len, struct image_entry *ret)
{
	const struct image_index *index = atomic_load(&s->index);

	if (index != NULL)
		return image_index_lookup(index, &s->image, dir, name, (u32)len, ret);
	if (++s->searches >= MAX(SEARCHES_MIN, s->image.inodes / NAMES_PER_SEARCH))
		index_want(s);
	return image_lookup(&s->image, dir, name, (u32)len, ret);
}
