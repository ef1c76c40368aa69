/*
 * Small objects: their content comes from the broker in one message.
 *
 * OVERVIEW. Who opens the files of an image in the order in which they lie there, as tar, cp -r
 * and grep -r do, will open the next ones, too: a message then brings the content of as many as
 * it has room for, twice as many as before each time. What has not been opened yet waits among
 * the super's `fetched`, the oldest of which are replaced.
 *
 * The next files are found behind the last one in the manifest. That is a guess at how it was
 * written: what is there is read as an inode, and what it says is believed as far as any inode
 * is, since each content is verified by its digest.
 *
 * LOCKING. S for `fetched`; `expected` and `run` are hints.
 */
#include "abi/linux/stat.h"
#include "kernel/fs/image/imagefs.h"
#include "kernel/fs/tmp/tmpfs.h"
#include "lib/string.h"
#include "platform/plat.h"

#define ROW_MAX 32u   /* objects of a message */
#define STEPS_MAX 64u /* inodes looked at for them */

struct row {
	u32 count;
	u64 bytes; /* of the answer */
	u64 nids[ROW_MAX];
	u64 sizes[ROW_MAX];
	char paths[ROW_MAX * WIRE_FETCH_PATH];
};

static_assert(OBJECT_PATH_SIZE == WIRE_FETCH_PATH, "a path and what parts it from the next");

int image_memory_create(struct image_super *s, struct inode **ret)
{
	return tmp_inode_create(s->memory, LINUX_S_IFREG | 0400, ret);
}

int image_object_bad(const struct inode *i, const char *path, const char *what)
{
	plat_log("image damaged: inode %llu: object %s %s", (unsigned long long)i->ino, path, what);
	return -EIO;
}

/* --- what was fetched before it was wanted --- */

static struct inode *fetched_take(struct image_super *s, u64 nid)
{
	struct inode *found = NULL;

	lock_acquire(&s->lock);
	for (u32 n = 0; n < IMAGE_FETCHED && found == NULL; n++)
		if (s->fetched[n].data != NULL && s->fetched[n].nid == nid)
			found = TAKE(s->fetched[n].data);
	lock_release(&s->lock);
	return found;
}

static void fetched_add(struct image_super *s, u64 nid, struct inode *data)
{
	struct image_fetched *f;
	struct inode *old;

	lock_acquire(&s->lock);
	f = &s->fetched[s->fetched_next++ % IMAGE_FETCHED];
	old = f->data;
	*f = (struct image_fetched){ .nid = nid, .data = data };
	lock_release(&s->lock);
	inode_put(old);
}

void image_small_fini(struct image_super *s)
{
	for (u32 n = 0; n < IMAGE_FETCHED; n++)
		inode_put(TAKE(s->fetched[n].data));
}

/* --- which are wanted --- */

static void row_add(struct row *row, u64 nid, u64 size, const char *path)
{
	if (row->count != 0)
		row->paths[row->count * WIRE_FETCH_PATH - 1] = '/';
	memcpy(row->paths + row->count * WIRE_FETCH_PATH, path, WIRE_FETCH_PATH);
	row->nids[row->count] = nid;
	row->sizes[row->count++] = size;
	row->bytes += sizeof(u32) + size;
}

/* The next small file behind *disk, which it becomes. False: there is none, or it is far. */
static bool next_small(const struct image *image, struct image_inode *disk, char *path,
		       u32 *steps)
{
	u8 digest[OBJECT_DIGEST_SIZE];

	while ((*steps)++ < STEPS_MAX) {
		if (image_inode(image, image_behind(image, disk), disk) < 0)
			return false;
		if (!LINUX_S_ISREG(disk->mode) || disk->size == 0 || disk->size > WIRE_OBJECT_MAX ||
		    image_object(image, disk, digest) < 0)
			continue;
		object_path(digest, path);
		return true;
	}
	return false;
}

/* i and, if it is one of a run, those after it. */
static void row_choose(const struct inode *i, const char *path, struct row *row)
{
	struct image_super *s = image_super(i);
	struct image_inode disk = image_node(i)->disk;
	char next[OBJECT_PATH_SIZE];
	u32 steps = 0, wanted;

	s->run = s->expected == disk.nid ? MIN(s->run * 2, ROW_MAX) : 1;
	wanted = s->run;
	row->count = 0;
	row->bytes = 0;
	row_add(row, disk.nid, i->size, path);
	while (row->count < wanted && next_small(&s->image, &disk, next, &steps)) {
		if (row->bytes + sizeof(u32) + disk.size > WIRE_OBJECT_MAX)
			break;
		if (!image_inode_is_known(s, disk.nid))
			row_add(row, disk.nid, disk.size, next);
	}
	/* The first that was not asked for. */
	if (row->count == wanted && !next_small(&s->image, &disk, next, &steps))
		disk.nid = 0;
	s->expected = disk.nid;
}

/* --- fetching --- */

static s64 bring_bytes(void *bytes, char *to, u64 len, u64 pos)
{
	memcpy(to, (const u8 *)bytes + pos, len);
	return (s64)len;
}

static int content_make(struct image_super *s, const void *bytes, u64 size, struct inode **ret)
{
	struct inode *made;
	int err = image_memory_create(s, &made);

	if (err < 0)
		return err;
	err = tmp_fill_by(made, size, bring_bytes, (void *)bytes);
	if (err < 0)
		inode_put(made);
	else
		*ret = made;
	return err;
}

/* The answer of len bytes: the first content is the caller's, the others are for later. */
static int row_take(struct image_super *s, const struct row *row, const u8 *at, u64 len,
		    struct inode **ret)
{
	const u8 *end = at + len;
	struct inode *data;
	u32 size;
	int err;

	for (u32 n = 0; n < row->count && end - at >= (s64)sizeof(size); n++) {
		memcpy(&size, at, sizeof(size));
		at += sizeof(size);
		if (size == WIRE_FETCH_NONE && n != 0)
			continue;
		if (size > end - at || size != row->sizes[n])
			return n == 0 ? -EFBIG : 0;
		err = content_make(s, at, size, &data);
		if (err < 0)
			return n == 0 ? err : 0;
		at += size;
		if (n == 0)
			*ret = data;
		else
			fetched_add(s, row->nids[n], data);
	}
	return 0;
}

static int row_fetch(const struct inode *i, const struct row *row, struct inode **ret)
{
	struct image_super *s = image_super(i);
	AUTO_KFREE u8 *bytes = kzalloc(row->bytes);
	s64 n;

	if (bytes == NULL)
		return -ENOMEM;
	n = plat_file_fetch(s->objects_tree, row->paths, bytes, row->bytes);
	if (n < 0)
		return (int)n;
	if (row->count != 1)
		return row_take(s, row, bytes, (u64)n, ret);
	return (u64)n != i->size ? -EFBIG : content_make(s, bytes, i->size, ret);
}

int image_small_get(const struct inode *i, const char *path, struct inode **ret)
{
	struct image_super *s = image_super(i);
	AUTO_KFREE struct row *row = NULL;
	int err;

	*ret = fetched_take(s, image_node(i)->disk.nid);
	if (*ret != NULL)
		return 0;
	row = kzalloc(sizeof(*row));
	if (row == NULL)
		return -ENOMEM;
	row_choose(i, path, row);
	err = row_fetch(i, row, ret);
	if (err == -ENOENT)
		return image_object_bad(i, path, "is missing");
	return err == -EFBIG ? image_object_bad(i, path, "is of another size") : err;
}
