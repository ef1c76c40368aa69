/*
 * Small objects: their content comes from the broker in one message.
 *
 * OVERVIEW. Who opens the files of an image in the order in which they lie there, as tar, cp -r
 * and grep -r do, will open the next ones, too: a message then brings the content of a row of
 * them, of as many as it has room for, twice as many as before each time. Who opens one near the
 * last, which mostly is one of the same directory, gets a short row, too. What has not been opened
 * yet waits among the super's `fetched`, the oldest of which are replaced. While rows are long the
 * scout brings the next one, on another processor, as soon as the first file of the last row has
 * been opened.
 *
 * Rows are paid by who opens what came with others: each content that nobody asked for costs one of
 * the credit, and each of them that is opened gives more. Who opens files in no order at all soon
 * gets only what was asked for.
 *
 * The next files are found behind the last one in the manifest. That is a guess at how it was
 * written: what is there is read as an inode, and what it says is believed as far as any inode
 * is, since each content is verified by its digest.
 *
 * LOCKING. S for `fetched` and `coming`. row_lock is the scout's while it brings what is coming,
 * for which others wait. The rest (struct image_rows) are hints.
 */
#include "abi/linux/stat.h"
#include "kernel/fs/image/imagefs.h"
#include "kernel/fs/tmp/tmpfs.h"
#include "kernel/locks.h"
#include "lib/string.h"
#include "platform/plat.h"

#define ROW_MAX 32u   /* objects of a message */
#define ROW_AHEAD 4u  /* after rows of so many the next one is brought ahead */
#define ROW_NEAR 8u   /* objects of a message for one near the last */
#define NEAR 1024u    /* as numbers of inodes go, each of which has a few */
#define STEPS_MAX 64u /* inodes looked at for them */
#define FETCHED_BYTES ((u64)4 << 20) /* waiting at most */
#define CREDIT_START 64u
#define CREDIT_HIT 3u
#define CREDIT_MAX 256u
#define CREDIT_EVERY 8u /* so many messages give one more, in case habits change */

struct image_row {
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

/* Is it among what the scout is bringing? */
static bool is_coming(const struct image_super *s, u64 nid)
{
	for (u32 n = 0; s->coming != NULL && n < s->coming->count; n++)
		if (s->coming->nids[n] == nid)
			return true;
	return false;
}

/* S is held. */
static struct inode *fetched_drop(struct image_super *s, struct image_fetched *f)
{
	if (f->data != NULL)
		s->fetched_bytes -= f->data->size;
	return TAKE(f->data);
}

/* *ret_coming: it is not there yet. */
static struct inode *fetched_take(struct image_super *s, u64 nid, bool *ret_coming)
{
	struct inode *found = NULL;

	lock_acquire(&s->lock);
	for (u32 n = 0; n < IMAGE_FETCHED && found == NULL; n++)
		if (s->fetched[n].data != NULL && s->fetched[n].nid == nid)
			found = fetched_drop(s, &s->fetched[n]);
	*ret_coming = found == NULL && is_coming(s, nid);
	lock_release(&s->lock);
	return found;
}

static bool fetched_has(struct image_super *s, u64 nid)
{
	bool found = false;

	lock_acquire(&s->lock);
	for (u32 n = 0; n < IMAGE_FETCHED && !found; n++)
		found = s->fetched[n].data != NULL && s->fetched[n].nid == nid;
	lock_release(&s->lock);
	return found;
}

/* The oldest, if there is no room beside the newest; referenced, or NULL. */
static struct inode *fetched_oldest(struct image_super *s)
{
	struct inode *old = NULL;

	lock_acquire(&s->lock);
	for (u32 n = 0; n < IMAGE_FETCHED && s->fetched_bytes > FETCHED_BYTES && old == NULL; n++)
		old = fetched_drop(s, &s->fetched[(s->fetched_next + n) % IMAGE_FETCHED]);
	lock_release(&s->lock);
	return old;
}

static void fetched_add(struct image_super *s, u64 nid, struct inode *data)
{
	struct image_fetched *f;
	struct inode *old;

	lock_acquire(&s->lock);
	f = &s->fetched[s->fetched_next++ % IMAGE_FETCHED];
	old = fetched_drop(s, f);
	*f = (struct image_fetched){ .nid = nid, .data = data };
	s->fetched_bytes += data->size;
	lock_release(&s->lock);
	inode_put(old);
	while ((old = fetched_oldest(s)) != NULL)
		inode_put(old);
}

void image_small_init(struct image_super *s)
{
	lock_rank(&s->row_lock, RANK_OVER_COPY);
	s->rows.credit = CREDIT_START;
}

void image_small_fini(struct image_super *s)
{
	for (u32 n = 0; n < IMAGE_FETCHED; n++)
		inode_put(TAKE(s->fetched[n].data));
}

/* --- which are wanted --- */

static void row_add(struct image_row *row, u64 nid, u64 size, const char *path)
{
	if (row->count != 0)
		row->paths[row->count * WIRE_FETCH_PATH - 1] = '/';
	memcpy(row->paths + row->count * WIRE_FETCH_PATH, path, WIRE_FETCH_PATH);
	row->nids[row->count] = nid;
	row->sizes[row->count++] = size;
	row->bytes += sizeof(u32) + size;
}

/* Is it a file whose content is a small object? Then *path is that one's. */
static bool small_path(const struct image *image, const struct image_inode *disk, char *path)
{
	u8 digest[OBJECT_DIGEST_SIZE];

	if (!LINUX_S_ISREG(disk->mode) || disk->size == 0 || disk->size > WIRE_OBJECT_MAX ||
	    image_object(image, disk, digest) < 0)
		return false;
	object_path(digest, path);
	return true;
}

/* The next small file behind *disk, which it becomes. False: there is none, or it is far. */
static bool next_small(const struct image *image, struct image_inode *disk, char *path,
		       u32 *steps)
{
	while ((*steps)++ < STEPS_MAX) {
		if (image_inode(image, image_behind(image, disk), disk) < 0)
			return false;
		if (small_path(image, disk, path))
			return true;
	}
	return false;
}

/* Up to `wanted` small files: *disk, whose path is given, and those after it. */
static void row_fill(struct image_super *s, struct image_inode *disk, const char *path, u32 wanted,
		     struct image_row *row)
{
	char next[OBJECT_PATH_SIZE];
	u32 steps = 0;
	bool more = true;

	row->count = 0;
	row->bytes = 0;
	row_add(row, disk->nid, disk->size, path);
	while (row->count < wanted && (more = next_small(&s->image, disk, next, &steps))) {
		if (row->bytes + sizeof(u32) + disk->size > WIRE_OBJECT_MAX)
			break;
		if (!image_content_is_known(s, disk->nid) && !fetched_has(s, disk->nid))
			row_add(row, disk->nid, disk->size, next);
	}
	/* The first that was not asked for. */
	if (row->count == wanted)
		more = next_small(&s->image, disk, next, &steps);
	s->rows.next = more ? disk->nid : 0;
}

static void credit_give(struct image_rows *r, u32 n)
{
	r->credit = MIN(r->credit + n, CREDIT_MAX);
}

static void credit_take(struct image_rows *r, u32 n)
{
	r->credit -= MIN(r->credit, n);
}

/* How long the row from that file on is to be. */
static u32 row_length(struct image_rows *r, u64 nid)
{
	bool near = MAX(nid, r->last) - MIN(nid, r->last) <= NEAR;

	if (nid == r->next) {
		r->length = MIN(r->length * 2, ROW_MAX);
		credit_give(r, CREDIT_HIT);
	} else if (near) {
		r->length = r->credit > CREDIT_MAX / 2 ? r->length * 2 : r->length;
		r->length = MIN(MAX(r->length, ROW_NEAR), ROW_MAX);
	} else {
		r->length = r->credit > CREDIT_MAX / 2 ? ROW_NEAR : r->length / 4;
	}
	if (++r->messages % CREDIT_EVERY == 0)
		credit_give(r, 1);
	r->last = nid;
	r->length = MIN(MAX(r->length, 1u), 1 + r->credit);
	return r->length;
}

static void row_choose(const struct inode *i, const char *path, struct image_row *row)
{
	struct image_super *s = image_super(i);
	struct image_inode disk = image_node(i)->disk;

	row_fill(s, &disk, path, row_length(&s->rows, disk.nid), row);
	credit_take(&s->rows, row->count - 1);
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
static int row_take(struct image_super *s, const struct image_row *row, const u8 *at, u64 len,
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

static int row_fetch(struct image_super *s, const struct image_row *row, struct inode **ret)
{
	AUTO_KFREE u8 *bytes = kmalloc(row->bytes);
	s64 n;

	if (bytes == NULL)
		return -ENOMEM;
	n = plat_file_fetch(s->objects_tree, row->paths, bytes, row->bytes);
	if (n < 0)
		return (int)n;
	if (row->count != 1)
		return row_take(s, row, bytes, (u64)n, ret);
	return (u64)n != row->sizes[0] ? -EFBIG : content_make(s, bytes, (u64)n, ret);
}

/* --- ahead --- */

static void coming_set(struct image_super *s, const struct image_row *row)
{
	lock_acquire(&s->lock);
	s->coming = row;
	lock_release(&s->lock);
}

/* The scout's: the row after the last one. Whoever needs what it could not bring asks again. */
static void bring_next(void *super)
{
	struct super *sb = super;
	struct image_super *s = sb->private;
	AUTO_KFREE struct image_row *row = kzalloc(sizeof(*row));
	struct image_inode disk;
	char path[OBJECT_PATH_SIZE];
	struct inode *data = NULL;

	lock_acquire(&s->row_lock);
	if (row != NULL && image_inode(&s->image, s->rows.next, &disk) == 0 &&
	    small_path(&s->image, &disk, path)) {
		s->rows.mark = disk.nid;
		row_fill(s, &disk, path, s->rows.length, row);
		credit_take(&s->rows, row->count);
		coming_set(s, row);
		if (row_fetch(s, row, &data) == 0)
			fetched_add(s, row->nids[0], data);
		coming_set(s, NULL);
	}
	lock_release(&s->row_lock);
	super_put(sb);
}

static void go_ahead(struct image_super *s)
{
	if (s->rows.length < ROW_AHEAD || s->rows.next == 0 || s->rows.credit < s->rows.length)
		return;
	super_get(s->sb);
	if (!ahead_run(bring_next, s->sb))
		super_put(s->sb);
}

/* --- getting one --- */

/* What was brought with another, or by the scout. */
static struct inode *get_fetched(struct image_super *s, u64 nid)
{
	bool coming;
	struct inode *data = fetched_take(s, nid, &coming);

	if (coming) {
		lock_acquire(&s->row_lock);
		lock_release(&s->row_lock);
		data = fetched_take(s, nid, &coming);
	}
	if (data == NULL)
		return NULL;
	credit_give(&s->rows, CREDIT_HIT);
	s->rows.last = nid;
	if (nid == s->rows.mark) {
		s->rows.length = MIN(s->rows.length * 2, ROW_MAX);
		go_ahead(s);
	}
	return data;
}

int image_small_get(const struct inode *i, const char *path, struct inode **ret)
{
	struct image_super *s = image_super(i);
	AUTO_KFREE struct image_row *row = NULL;
	int err;

	*ret = get_fetched(s, image_node(i)->disk.nid);
	if (*ret != NULL)
		return 0;
	row = kzalloc(sizeof(*row));
	if (row == NULL)
		return -ENOMEM;
	row_choose(i, path, row);
	err = row_fetch(s, row, ret);
	if (err == 0)
		go_ahead(s);
	if (err == -ENOENT)
		return image_object_bad(i, path, "is missing");
	return err == -EFBIG ? image_object_bad(i, path, "is of another size") : err;
}
