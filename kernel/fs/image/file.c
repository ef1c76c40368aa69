/*
 * Contents of an image's regular files.
 *
 * OVERVIEW. The first open finds the inode that has the data and keeps it: one in memory for
 * what lies in the manifest, for holes and for small objects, which the broker sends whole,
 * else the object's own inode in the host's directory of objects. Everything else is passed on
 * to a file of that inode.
 * The broker verifies objects of one piece when they are opened, larger ones piece by piece
 * when somebody reads them or touches a mapping (pieces.c): what has not been verified is left
 * out of a mapping, unless that is small.
 *
 * LOCKING. data_lock is held while data is brought; `data` is set once.
 *
 * LINUX BEHAVIOUR. A damaged piece is what a bad sector is: read(2) gives what comes before it,
 * then EIO; a mapping of it gives SIGBUS where it is touched.
 */
#include "abi/linux/fcntl.h"
#include "abi/linux/mman.h"
#include "kernel/fs/dev/dev.h"
#include "kernel/fs/host/host.h"
#include "kernel/fs/image/imagefs.h"
#include "kernel/fs/tmp/tmpfs.h"
#include "kernel/obj/pipe.h"
#include "lib/string.h"
#include "platform/plat.h"

#define LAZY_MIN (2 * (u64)WIRE_PIECE_SIZE) /* mappings up to that are verified at once */

/* --- bringing data --- */

/* What lies in the manifest. */
static s64 bring_inline(void *inode, char *to, u64 len, u64 pos)
{
	const struct inode *i = inode;
	const u8 *p = NULL;
	u64 done = 0, n = 0;

	for (; done < len; done += n) {
		if (image_data(&image_super(i)->image, &image_node(i)->disk, pos + done, &p, &n) <
			    0 ||
		    n == 0) {
			image_damaged(i, "data");
			return -EIO;
		}
		n = MIN(n, len - done);
		memcpy(to + done, p, n);
	}
	return (s64)done;
}

static int object_fill(struct inode *object, struct inode *to)
{
	AUTO_FILE from = NULL;
	int err = inode_open(object, LINUX_O_RDONLY, &from);

	return err < 0 ? err : tmp_fill(to, from, object->size);
}

static int memory_create(const struct inode *i, struct inode **ret)
{
	return image_memory_create(image_super(i), ret);
}

/* What lies in the manifest as an inode in memory: none, or one to be put. */
static int inline_make(const struct inode *i, struct inode **ret)
{
	struct inode *made;
	int err = memory_create(i, &made);

	if (err < 0)
		return err;
	err = tmp_fill_by(made, i->size, bring_inline, (void *)i);
	if (err < 0)
		inode_put(made);
	else
		*ret = made;
	return err;
}

/* The object as a file of the host. */
static int object_find(const struct inode *i, const char *path, struct inode **ret)
{
	struct image_super *s = image_super(i);
	int err = s->objects == NULL ? -ENOENT : host_fs_find(s->objects, path, ret);

	if (err == -ENOENT)
		return image_object_bad(i, path, "is missing");
	if (err < 0)
		return err;
	if (inode_is_regular(*ret) && (*ret)->size == i->size)
		return 0;
	inode_put(*ret);
	return image_object_bad(i, path, "is of another size");
}

static int data_make(const struct inode *i, struct inode **ret)
{
	u8 digest[OBJECT_DIGEST_SIZE];
	char path[OBJECT_PATH_SIZE];
	int r = image_object(&image_super(i)->image, &image_node(i)->disk, digest), err;

	if (r < 0 && r != -ENODATA) {
		image_damaged(i, "where its data lies");
		return -EIO;
	}
	if (r == -ENODATA)
		return inline_make(i, ret);
	object_path(digest, path);
	if (i->size <= WIRE_OBJECT_MAX && i->size != 0) {
		err = image_small_get(i, path, ret);
		/* No room is no error: the host's file will do. */
		if (err != -ENOMEM && err != -ENOSPC)
			return err;
	}
	err = object_find(i, path, ret);
	if (err < 0)
		return err;
	err = image_pieces_create(i, &image_node(i)->verified);
	if (err < 0)
		inode_put(*ret);
	return err;
}

/* Where the contents are; borrowed. */
static int data_get(struct inode *i, struct inode **ret)
{
	struct image_node *n = image_node(i);
	struct inode *made;
	int err = 0;

	if (atomic_load(&n->data) == NULL) {
		lock_acquire(&n->data_lock);
		if (n->data == NULL) {
			err = data_make(i, &made);
			if (err == 0)
				atomic_store(&n->data, made);
		}
		lock_release(&n->data_lock);
	}
	*ret = n->data;
	return err;
}

/* --- the operations: those of the file below --- */

static s64 image_read(struct file *f, struct iter *to, u64 *pos)
{
	struct file *below = f->private;
	u64 size = f->inode->size, rest = 0, good;
	s64 n;

	if (to->count != 0 && *pos < size) {
		good = image_verified(f->inode, *pos, MIN((u64)to->count, size - *pos));
		if (good == 0)
			return -EIO;
		rest = to->count > good ? to->count - good : 0;
	}
	to->count -= rest;
	n = below->ops->read(below, to, pos);
	to->count += rest;
	return n;
}

static s64 image_seek(struct file *f, s64 offset, int whence)
{
	struct file *below = f->private;
	s64 result;

	if (whence != LINUX_SEEK_DATA && whence != LINUX_SEEK_HOLE)
		return file_seek_size(f, offset, whence, f->inode->size);
	if (below->ops->seek == NULL)
		return file_seek_size(f, offset, whence, f->inode->size);
	below->pos = f->pos;
	result = below->ops->seek(below, offset, whence);
	if (result >= 0)
		f->pos = (u64)result;
	return result;
}

/* A copy of the whole object in memory; borrowed. */
static int copy_get(struct inode *i, struct inode **ret)
{
	struct image_node *n = image_node(i);
	struct inode *made;
	int err = 0;

	lock_acquire(&n->data_lock);
	if (n->copy == NULL) {
		err = image_verified(i, 0, i->size) == i->size ? memory_create(i, &made) : -EIO;
		if (err == 0) {
			err = object_fill(n->data, made);
			if (err < 0)
				inode_put(made);
			else
				atomic_store(&n->copy, made);
		}
	}
	lock_release(&n->data_lock);
	*ret = n->copy;
	return err;
}

/* Nothing of the host's mount may be executed (noexec): what shall be is copied. */
static int map_copy(struct file *f, const struct map_request *req)
{
	AUTO_FILE file = NULL;
	struct inode *copy;
	int err = copy_get(f->inode, &copy);

	if (err == 0)
		err = inode_open(copy, LINUX_O_RDONLY, &file);
	return err < 0 ? err : file->ops->map(file, req);
}

/* All of the range is right: as the object's file, or as a copy of it. */
static int map_right(struct file *f, const struct map_request *req)
{
	struct file *below = f->private;
	int err = below->ops->map(below, req);

	return err == -EPERM && req->prot & LINUX_PROT_EXEC ? map_copy(f, req) : err;
}

static bool is_mapped(const struct inode *i, u64 pos, bool lazy)
{
	return lazy ? image_is_verified(i, pos) : image_verified(i, pos, 1) != 0;
}

/* The range by its pieces: a use of what is left out comes to image_fault(). */
static int map_pieces(struct file *f, const struct map_request *req, bool lazy)
{
	const struct inode *i = f->inode;
	struct map_request part = *req;
	u64 pos = req->offset, end = MIN(req->offset + req->len, ALIGN_UP(i->size, PAGE_SIZE));
	bool mapped;
	int err = 0;

	while (err == 0 && pos < end) {
		mapped = is_mapped(i, pos, lazy);
		part.addr = req->addr + (pos - req->offset);
		part.offset = pos;
		do
			pos = MIN(ALIGN_DOWN(pos, WIRE_PIECE_SIZE) + WIRE_PIECE_SIZE, end);
		while (pos < end && is_mapped(i, pos, lazy) == mapped);
		part.len = pos - part.offset;
		err = mapped ? map_right(f, &part) : plat_unmap(part.addr, part.len);
	}
	return err;
}

static int image_map(struct file *f, const struct map_request *req)
{
	const int now = LINUX_MAP_POPULATE | LINUX_MAP_LOCKED;
	struct file *below = f->private;
	u64 size = f->inode->size, len;

	if (below->ops->map == NULL)
		return -ENODEV;
	len = req->offset < size ? MIN(req->len, size - req->offset) : 0;
	if (len == 0 || image_node(f->inode)->verified == NULL)
		return map_right(f, req);
	if (len > LAZY_MIN && !(req->extra & now))
		return map_pieces(f, req, true);
	return image_verified(f->inode, req->offset, len) == len ? map_right(f, req) :
								   map_pieces(f, req, false);
}

/* Of a large object: its piece, as far as it is of the mapping and nothing is there. */
static int map_piece(struct file *f, const struct map_request *req)
{
	u64 start = ALIGN_DOWN(req->offset, WIRE_PIECE_SIZE), end = start + WIRE_PIECE_SIZE;
	struct map_request piece = *req;
	int err;

	end = MIN(end, ALIGN_UP(f->inode->size, PAGE_SIZE));
	end = MIN(end, req->offset + PAGE_SIZE + req->after);
	start = MAX(start, req->offset - MIN(req->before, req->offset));
	piece.extra |= LINUX_MAP_FIXED_NOREPLACE;
	piece.addr -= req->offset - start;
	piece.offset = start;
	piece.len = end - start;
	err = map_right(f, &piece);
	if (err == -EEXIST) {
		piece = *req;
		piece.extra |= LINUX_MAP_FIXED_NOREPLACE;
		err = map_right(f, &piece);
	}
	/* Another thread was here first. */
	return err == 0 || err == -EEXIST ? 0 : -EFAULT;
}

static int image_fault(struct file *f, const struct map_request *req)
{
	struct file *below = f->private;

	if (req->offset < f->inode->size && image_verified(f->inode, req->offset, 1) == 0)
		return -EFAULT;
	if (req->offset < f->inode->size && image_node(f->inode)->verified != NULL)
		return map_piece(f, req);
	return below->ops->fault == NULL ? -EFAULT : below->ops->fault(below, req);
}

static bool image_left_out(struct file *f)
{
	return image_node(f->inode)->verified != NULL;
}

/*
 * The object's; what is in memory is the same as long as the sandbox lives, and no file of the
 * host has such a time.
 */
static int image_content(struct file *f, struct file_content *ret)
{
	const struct inode *i = f->inode;
	struct file *below = f->private;

	if (below->ops->content != NULL && below->ops->content(below, ret) == 0)
		return 0;
	*ret = (struct file_content){
		.dev = i->sb->dev,
		.ino = i->ino,
		.size = i->size,
		.mtime_nsec = ~0u,
		.ctime_nsec = ~0u,
	};
	return 0;
}

static int image_host_name(struct file *f, int *ret_tree, char **ret_path)
{
	struct file *below = f->private;

	return below->ops->host_name == NULL ? -EOPNOTSUPP :
					       below->ops->host_name(below, ret_tree, ret_path);
}

static int image_fsync(UNUSED struct file *f, UNUSED bool data_only)
{
	return 0;
}

static void image_release(struct file *f)
{
	file_put(f->private);
}

const struct file_ops image_file_ops = {
	.read = image_read,
	.seek = image_seek,
	.map = image_map,
	.fault = image_fault,
	.left_out = image_left_out,
	.content = image_content,
	.host_name = image_host_name,
	.fsync = image_fsync,
	.release = image_release,
};

static int open_regular(struct inode *i, struct file *f)
{
	struct inode *data;
	struct file *below;
	int err = f->mode & FMODE_WRITE ? -EROFS : data_get(i, &data);

	if (err == 0)
		err = inode_open(data, LINUX_O_RDONLY, &below);
	if (err == 0)
		f->private = below;
	return err;
}

int image_file_open(struct inode *i, struct file *f)
{
	switch (i->mode & LINUX_S_IFMT) {
	case LINUX_S_IFREG:
		return open_regular(i, f);
	case LINUX_S_IFDIR:
		return 0;
	case LINUX_S_IFCHR:
	case LINUX_S_IFBLK:
		return dev_open_node(i, f);
	case LINUX_S_IFIFO:
		return fifo_open(i, f);
	default:
		return -ENXIO;
	}
}
