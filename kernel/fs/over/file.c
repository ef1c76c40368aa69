/*
 * The writable layer: data of regular files.
 *
 * OVERVIEW. An open file has a file of each layer, made when it is needed. Every operation
 * asks the inode which layer has the data now, so a description that was opened before a
 * copy-up goes on with what is current. Data is copied up by the first change, not by the
 * open, and not at all when it is cut off.
 *
 * LOCKING. copy_lock is held over a copy-up and over changes of attributes, which a copy-up
 * reads. inode.upper is set once and never changes again.
 */
#include "kernel/fs/dev/dev.h"
#include "kernel/fs/over/disk.h"
#include "kernel/mm/mm.h"
#include "kernel/obj/pipe.h"

/* file->private of a regular file */
struct over_file {
	struct lock lock;
	struct file *lower, *upper; /* a: set once, under lock */
};

/* --- copy-up --- */

int over_upper_setattr(struct inode *i, const struct setattr *attr)
{
	struct inode *upper = over_upper(i);
	struct setattr times = *attr;

	if (over_super(i)->disk == NULL)
		return inode_setattr_generic(upper, attr);
	times.valid &= SETATTR_ATIME | SETATTR_MTIME;
	return times.valid == 0 ? 0 : upper->ops->setattr(upper, &times);
}

/* The upper file with the first size bytes and the attributes of the lower one. */
static int upper_make(struct inode *i, const struct inode_attr *attr, u64 size,
		      struct inode **ret)
{
	const struct setattr times = {
		.valid = SETATTR_ATIME | SETATTR_MTIME |
			 (over_super(i)->disk == NULL ? SETATTR_CTIME : 0),
		.atime = attr->atime,
		.mtime = attr->mtime,
		.ctime = attr->ctime,
	};
	bool disk = over_super(i)->disk != NULL;
	struct inode *upper, *lower;
	AUTO_FILE from = NULL;
	int err = disk ? over_disk_data(i, &upper) :
			 tmp_inode_create(over_super(i)->upper, attr->mode, &upper);

	if (err < 0)
		return err;
	if (size != 0)
		err = over_lower(i, &lower);
	if (err == 0 && size != 0) {
		err = inode_open(lower, LINUX_O_RDONLY, &from);
		if (err == 0)
			err = disk ? over_disk_fill(upper, from, size) :
				     tmp_fill(upper, from, size);
	}
	if (err == 0)
		err = disk ? upper->ops->setattr(upper, &times) :
			     inode_setattr_generic(upper, &times);
	if (err < 0)
		inode_put(upper);
	else
		*ret = upper;
	return err;
}

int over_copy_up(struct inode *i, u64 size)
{
	struct over_node *n = over_node(i);
	struct inode *upper;
	struct inode_attr attr;
	int err = 0;

	if (over_upper(i) != NULL)
		return 0;
	lock_acquire(&n->copy_lock);
	if (n->upper == NULL) {
		err = over_getattr(i, &attr);
		if (err == 0)
			err = upper_make(i, &attr, MIN(attr.size, size), &upper);
		if (err == 0) {
			lock_acquire(&i->lock);
			over_own_attr(i);
			atomic_store(&i->size, upper->size);
			atomic_store(&n->upper, upper);
			lock_release(&i->lock);
		}
	}
	lock_release(&n->copy_lock);
	if (err == 0)
		over_disk_note(i);
	if (err == 0)
		mm_file_moved(i);
	return err;
}

/* What the upper file's size has become. */
static void size_changed(struct inode *i)
{
	struct inode *upper = over_upper(i);

	lock_acquire(&i->lock);
	atomic_store(&i->size, atomic_load(&upper->size));
	lock_release(&i->lock);
}

/* Its data has changed, perhaps its size too. */
static void changed(struct inode *i)
{
	size_changed(i);
	atomic_store(&over_node(i)->unsaved, true);
}

int over_set_size(struct inode *i, u64 size)
{
	int err = over_copy_up(i, size);

	if (err == 0 && over_super(i)->disk == NULL)
		err = tmp_set_size(over_upper(i), size);
	else if (err == 0)
		err = over_upper(i)->ops->setattr(
			over_upper(i), &(struct setattr){ .valid = SETATTR_SIZE, .size = size });
	if (err == 0)
		changed(i);
	return err;
}

/* --- the file of a layer --- */

static struct file *layer_peek(struct file *f, bool upper)
{
	struct over_file *of = f->private;

	return upper ? atomic_load(&of->upper) : atomic_load(&of->lower);
}

static int layer_open(struct file *f, bool upper, struct file **ret)
{
	struct over_file *of = f->private;
	struct file **slot = upper ? &of->upper : &of->lower;
	struct inode *layer = over_upper(f->inode);
	int err = upper ? 0 : over_lower(f->inode, &layer);

	if (err < 0)
		return err;
	lock_acquire(&of->lock);
	if (*slot == NULL) {
		struct file *made;

		err = inode_open(layer, upper ? LINUX_O_RDWR : LINUX_O_RDONLY, &made);
		if (err == 0)
			atomic_store(slot, made);
	}
	if (err == 0)
		*ret = *slot;
	lock_release(&of->lock);
	return err;
}

/* Where the data is, with the flags of the open file; borrowed. */
static int layer_get(struct file *f, bool change, struct file **ret)
{
	bool upper;
	int err = change ? over_copy_up(f->inode, ~(u64)0) : 0;

	if (err < 0)
		return err;
	upper = over_upper(f->inode) != NULL;
	*ret = layer_peek(f, upper);
	if (*ret == NULL) {
		err = layer_open(f, upper, ret);
		if (err < 0)
			return err;
	}
	atomic_store_relaxed(&(*ret)->flags,
			     f->flags | (file_atime(f) == ATIME_NEVER ? LINUX_O_NOATIME : 0));
	return 0;
}

/* --- the operations --- */

static s64 over_read(struct file *f, struct iter *to, u64 *pos)
{
	struct file *layer;
	int err = layer_get(f, false, &layer);

	return err < 0 ? err : layer->ops->read(layer, to, pos);
}

static s64 over_write(struct file *f, struct iter *from, u64 *pos)
{
	struct file *layer;
	int err = from->count == 0 ? 0 : layer_get(f, true, &layer);
	s64 n;

	if (err < 0 || from->count == 0)
		return err;
	n = layer->ops->write(layer, from, pos);
	if (n > 0 && atomic_load(&f->inode->size) != atomic_load(&layer->inode->size))
		size_changed(f->inode);
	if (n > 0)
		atomic_store(&over_node(f->inode)->unsaved, true);
	return n;
}

static s64 over_seek(struct file *f, s64 offset, int whence)
{
	struct inode_attr attr;
	struct file *layer;
	s64 result;
	int err;

	if (whence != LINUX_SEEK_DATA && whence != LINUX_SEEK_HOLE) {
		err = whence == LINUX_SEEK_END ? over_getattr(f->inode, &attr) : 0;
		return err < 0 ?
			       err :
			       file_seek_size(f, offset, whence,
					      whence == LINUX_SEEK_END ? attr.size : 0);
	}
	err = layer_get(f, false, &layer);
	if (err < 0)
		return err;
	layer->pos = f->pos;
	if (layer->ops->seek == NULL)
		return file_seek_size(f, offset, whence, atomic_load(&f->inode->size));
	result = layer->ops->seek(layer, offset, whence);
	if (result >= 0)
		f->pos = (u64)result;
	return result;
}

static int over_map(struct file *f, const struct map_request *req)
{
	struct file *layer;
	/* What is written through the mapping, or could be, must not go to the lower file. */
	int err = layer_get(f, req->shared && f->mode & FMODE_WRITE, &layer);

	if (err < 0)
		return err;
	return layer->ops->map == NULL ? -ENODEV : layer->ops->map(layer, req);
}

static int over_fault(struct file *f, const struct map_request *req)
{
	struct file *layer;
	int err = layer_get(f, false, &layer);

	if (err < 0)
		return err;
	return layer->ops->fault == NULL ? -EFAULT : layer->ops->fault(layer, req);
}

static bool over_left_out(struct file *f)
{
	struct file *layer;

	return layer_get(f, false, &layer) == 0 && layer->ops->left_out != NULL &&
	       layer->ops->left_out(layer);
}

static int over_content(struct file *f, struct file_content *ret)
{
	struct file *layer;
	int err;

	if (over_upper(f->inode) != NULL)
		return inode_executed_content(f->inode, ret);
	err = layer_get(f, false, &layer);
	if (err < 0)
		return err;
	return layer->ops->content == NULL ? -EOPNOTSUPP : layer->ops->content(layer, ret);
}

static int over_host_name(struct file *f, int *ret_tree, char **ret_path)
{
	struct file *layer;
	int err = layer_get(f, false, &layer);

	if (err < 0)
		return err;
	return layer->ops->host_name == NULL ? -EOPNOTSUPP :
					       layer->ops->host_name(layer, ret_tree, ret_path);
}

static int over_fsync(struct file *f, bool data_only)
{
	struct file *layer;
	int err = 0;

	/* A layer in memory has nothing to save, the lower one is never written. */
	if (over_disk_is_sync(f->inode))
		return over_disk_keep(f->inode);
	if (over_super(f->inode)->disk == NULL)
		return 0;
	if (over_upper(f->inode) != NULL) {
		err = layer_get(f, false, &layer);
		if (err == 0)
			err = layer->ops->fsync(layer, data_only);
	}
	return err < 0 ? err : over_disk_sync(f->inode->sb);
}

static int over_fallocate(struct file *f, int mode, u64 offset, u64 len)
{
	struct file *layer;
	int err = layer_get(f, true, &layer);

	if (err == 0)
		err = layer->ops->fallocate(layer, mode, offset, len);
	if (err == 0)
		changed(f->inode);
	return err;
}

static void over_release(struct file *f)
{
	struct over_file *of = f->private;

	if (of == NULL)
		return;
	if (f->mode & FMODE_WRITE && atomic_sub(&over_node(f->inode)->writers, 1) == 1)
		over_disk_closed(f->inode);
	file_put(of->lower);
	file_put(of->upper);
	kfree(of);
}

const struct file_ops over_file_ops = {
	.read = over_read,
	.write = over_write,
	.seek = over_seek,
	.map = over_map,
	.content = over_content,
	.host_name = over_host_name,
	.fault = over_fault,
	.left_out = over_left_out,
	.fsync = over_fsync,
	.fallocate = over_fallocate,
	.release = over_release,
};

/* --- open --- */

static int open_regular(struct inode *i, struct file *f)
{
	struct over_file *of = kzalloc(sizeof(*of));
	struct file *layer;
	int err = 0;

	if (of == NULL)
		return -ENOMEM;
	f->private = of;
	/* What is about to be cut off is not opened below. */
	if (!(f->flags & LINUX_O_TRUNC) || over_upper(i) != NULL)
		err = layer_get(f, false, &layer);
	if (err < 0) {
		f->private = NULL;
		kfree(of);
	} else if (f->mode & FMODE_WRITE) {
		atomic_add(&over_node(i)->writers, 1);
	}
	return err;
}

int over_open(struct inode *i, struct file *f)
{
	switch (i->mode & LINUX_S_IFMT) {
	case LINUX_S_IFREG:
		return open_regular(i, f);
	case LINUX_S_IFDIR:
		return over_dir_open(i, f);
	case LINUX_S_IFCHR:
	case LINUX_S_IFBLK:
		return dev_open_node(i, f);
	case LINUX_S_IFIFO:
		return fifo_open(i, f);
	default:
		return 0;
	}
}
