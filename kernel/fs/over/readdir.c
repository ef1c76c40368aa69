/*
 * The writable layer: reading directories.
 *
 * OVERVIEW. A directory that has only new names is read like one of tmpfs. One that has only
 * lower names is read through: the lower file system's offsets are ours, and names that are
 * removed meanwhile are left out. One that has both is listed when its first entry is read;
 * the offset is the place in that list, and each name is looked at again before it is shown.
 * Reading from the start begins anew.
 */
#include "kernel/fs/over/disk.h"
#include "lib/names.h"
#include "lib/string.h"

#define FIRST_OFFSET 2u /* 0 is '.', 1 is '..' */

enum mode { MODE_NONE, MODE_UPPER, MODE_LOWER, MODE_LIST };

struct record {
	u64 ino;
	u32 size; /* of the record, a multiple of 8 */
	u16 len;
	u8 type;
	u8 own; /* has an entry of ours */
	char name[];
};

/* file->private, under file.pos_lock */
struct over_dir {
	u32 mode;
	struct file *lower; /* opened when it is needed */
	char *records; /* MODE_LIST */
	size_t used, space;
	u64 index; /* of the record at offset cursor */
	size_t cursor;
};

static void records_drop(struct over_dir *d)
{
	kfree(d->records);
	d->records = NULL;
	d->used = d->space = d->cursor = 0;
	d->index = 0;
	d->mode = MODE_NONE;
}

static int record_add(struct over_dir *d, const char *name, size_t len, u64 ino,
		      u32 type, bool own)
{
	size_t size = ALIGN_UP(sizeof(struct record) + len, 8);
	struct record *r;

	if (d->space - d->used < size) {
		size_t space = MAX(d->space * 2, (size_t)4096);
		char *records = kzalloc(space);

		if (records == NULL)
			return -ENOMEM;
		if (d->used != 0)
			memcpy(records, d->records, d->used);
		kfree(d->records);
		d->records = records;
		d->space = space;
	}
	r = (struct record *)(d->records + d->used);
	r->ino = ino;
	r->size = (u32)size;
	r->len = (u16)len;
	r->type = (u8)type;
	r->own = own;
	memcpy(r->name, name, len);
	d->used += size;
	return 0;
}

/* --- lower names --- */

static int open_lower(struct inode *dir, struct over_dir *d)
{
	if (d->lower != NULL)
		return 0;
	return inode_open(over_node(dir)->lower, LINUX_O_RDONLY | LINUX_O_DIRECTORY,
			  &d->lower);
}

struct lower_sink {
	struct dir_sink sink;
	struct dir_sink *out;
	struct file *file;
	struct over_dir *dir;
	int err;
};

/* The entry for a lower name: false when the name is gone. Under no lock. */
static bool lower_name(struct inode *dir, const char *name, size_t len, u64 *ino,
		       u32 *type)
{
	const struct dir_entry *e;
	bool shown;

	if (atomic_load(&over_node(dir)->dir.count) == 0)
		return true;
	lock_acquire(&dir->lock);
	e = dirtab_find(&over_node(dir)->dir, name, len);
	shown = e == NULL || e->inode != NULL;
	if (e != NULL && e->inode != NULL) {
		*ino = e->inode->ino;
		*type = LINUX_DT_OF_MODE(e->inode->mode);
	}
	lock_release(&dir->lock);
	return shown;
}

static bool emit_through(struct dir_sink *sink, const char *name, size_t len, u64 ino,
			 u32 type, u64 next_offset)
{
	struct lower_sink *s = container_of(sink, struct lower_sink, sink);
	struct inode *dir = s->file->inode;

	if (name_is_dots(name, len))
		ino = len == 1 ? dir->ino :
				 dentry_parent_ino(s->file->path.dentry, dir->ino);
	else if (!lower_name(dir, name, len, &ino, &type))
		goto next;
	if (!s->out->emit(s->out, name, len, ino, type, next_offset))
		return false;
next:
	s->file->pos = next_offset;
	return true;
}

static int read_lower(struct file *f, struct over_dir *d, struct dir_sink *sink)
{
	struct lower_sink s = {
		.sink.emit = emit_through, .out = sink, .file = f, .dir = d
	};
	int err = open_lower(f->inode, d);

	if (err < 0)
		return err;
	d->lower->pos = f->pos;
	return d->lower->ops->readdir(d->lower, &s.sink);
}

/* --- both --- */

static bool emit_collect(struct dir_sink *sink, const char *name, size_t len, u64 ino,
			 u32 type, UNUSED u64 next_offset)
{
	struct lower_sink *s = container_of(sink, struct lower_sink, sink);

	/* The lock of our directory is held: names with an entry come from the table. */
	if (name_is_dots(name, len) ||
	    dirtab_find(&over_node(s->file->inode)->dir, name, len) != NULL)
		return true;
	s->err = record_add(s->dir, name, len, ino, type, false);
	return s->err == 0;
}

static int records_fill(struct file *f, struct over_dir *d)
{
	struct lower_sink s = { .sink.emit = emit_collect, .file = f, .dir = d };
	struct inode *dir = f->inode;
	const struct dir_entry *e;
	u64 cookie = 0;
	int err = open_lower(dir, d);

	if (err < 0)
		return err;
	d->lower->pos = 0;
	lock_acquire(&dir->lock);
	err = d->lower->ops->readdir(d->lower, &s.sink);
	if (err == 0)
		err = s.err;
	while (err == 0 && (e = dirtab_from(&over_node(dir)->dir, cookie)) != NULL) {
		cookie = e->cookie + 1;
		if (e->inode != NULL)
			err = record_add(d, e->name, e->len, e->inode->ino,
					 LINUX_DT_OF_MODE(e->inode->mode), true);
	}
	lock_release(&dir->lock);
	if (err < 0)
		records_drop(d);
	return err;
}

/* Is the listed name still there? Its number may have changed. */
static bool still_there(struct inode *dir, struct record *r)
{
	const struct dir_entry *e;
	bool there;

	lock_acquire(&dir->lock);
	e = dirtab_find(&over_node(dir)->dir, r->name, r->len);
	there = e == NULL ? !r->own : e->inode != NULL;
	if (e != NULL && e->inode != NULL) {
		r->ino = e->inode->ino;
		r->type = (u8)LINUX_DT_OF_MODE(e->inode->mode);
	}
	lock_release(&dir->lock);
	return there;
}

static bool emit_dots(struct file *f, struct dir_sink *sink)
{
	u64 ino = f->inode->ino;

	if (f->pos == 0) {
		if (!sink->emit(sink, ".", 1, ino, LINUX_DT_DIR, 1))
			return false;
		f->pos = 1;
	}
	if (f->pos == 1) {
		if (!sink->emit(sink, "..", 2, dentry_parent_ino(f->path.dentry, ino),
				LINUX_DT_DIR, FIRST_OFFSET))
			return false;
		f->pos = FIRST_OFFSET;
	}
	return true;
}

static int read_list(struct file *f, struct over_dir *d, struct dir_sink *sink)
{
	if (!emit_dots(f, sink))
		return 0;
	if (f->pos - FIRST_OFFSET < d->index)
		d->index = d->cursor = 0;
	while (d->cursor < d->used) {
		struct record *r = (struct record *)(d->records + d->cursor);

		if (d->index >= f->pos - FIRST_OFFSET) {
			if (still_there(f->inode, r) &&
			    !sink->emit(sink, r->name, r->len, r->ino, r->type,
					f->pos + 1))
				return 0;
			f->pos++;
		}
		d->cursor += r->size;
		d->index++;
	}
	return 0;
}

/* --- new names only --- */

static int read_upper(struct file *f, struct dir_sink *sink)
{
	struct inode *dir = f->inode;
	const struct dir_entry *e;

	if (!emit_dots(f, sink))
		return 0;
	lock_acquire(&dir->lock);
	while ((e = dirtab_from(&over_node(dir)->dir, f->pos)) != NULL) {
		if (e->inode != NULL &&
		    !sink->emit(sink, e->name, e->len, e->inode->ino,
				LINUX_DT_OF_MODE(e->inode->mode), e->cookie + 1))
			break;
		f->pos = e->cookie + 1;
	}
	lock_release(&dir->lock);
	return 0;
}

/* --- the operations --- */

static int over_readdir(struct file *f, struct dir_sink *sink)
{
	struct over_node *n = over_node(f->inode);
	struct over_dir *d = f->private;
	int err;

	if (f->pos == 0)
		records_drop(d);
	if (d->mode == MODE_NONE) {
		if (n->lower == NULL) {
			d->mode = MODE_UPPER;
		} else if (atomic_load(&n->dir.count) == 0) {
			d->mode = MODE_LOWER;
		} else {
			err = records_fill(f, d);
			if (err < 0)
				return err;
			d->mode = MODE_LIST;
		}
	}
	switch (d->mode) {
	case MODE_UPPER:
		return read_upper(f, sink);
	case MODE_LOWER:
		return read_lower(f, d, sink);
	default:
		return read_list(f, d, sink);
	}
}

static s64 over_dir_seek(struct file *f, s64 offset, int whence)
{
	if (whence != LINUX_SEEK_SET && whence != LINUX_SEEK_CUR)
		return -EINVAL;
	return file_seek_size(f, offset, whence, 0);
}

static void over_dir_release(struct file *f)
{
	struct over_dir *d = f->private;

	if (d == NULL)
		return;
	records_drop(d);
	file_put(d->lower);
	kfree(d);
}

static int over_dir_fsync(struct file *f, UNUSED bool data_only)
{
	if (over_disk_is_sync(f->inode))
		return over_disk_keep(f->inode);
	return over_super(f->inode)->disk == NULL ? 0 : over_disk_sync(f->inode->sb);
}

const struct file_ops over_dir_ops = {
	.readdir = over_readdir,
	.seek = over_dir_seek,
	.fsync = over_dir_fsync,
	.release = over_dir_release,
};

int over_dir_open(struct inode *dir, struct file *f)
{
	struct over_dir *d = kzalloc(sizeof(*d));
	int err = 0;

	if (d == NULL)
		return -ENOMEM;
	/* What the host refuses is refused at once, as by open(2). */
	if (over_node(dir)->lower != NULL)
		err = open_lower(dir, d);
	if (err < 0)
		kfree(d);
	else
		f->private = d;
	return err;
}

/* One with names of its own is not only the host's any more. */
int over_ahead(struct inode *dir, struct dir_sink *sink)
{
	struct inode *lower = over_node(dir)->lower;

	if (lower == NULL || lower->ops->ahead == NULL ||
	    atomic_load(&over_node(dir)->dir.count) != 0)
		return -EOPNOTSUPP;
	return sink == NULL ? 0 : lower->ops->ahead(lower, sink);
}

int over_ahead_lookup(struct inode *dir, const char *name, size_t len, bool is_dir,
		      struct inode **ret)
{
	struct inode *lower;
	int err = over_ahead(dir, NULL);

	if (err < 0)
		return err;
	if (!is_dir)
		return over_inode_look(dir, name, len, ret);
	lower = over_node(dir)->lower;
	err = lower->ops->ahead_lookup(lower, name, len, is_dir, &lower);
	return err < 0 ? err : over_inode_find(dir->sb, lower, ret);
}

/* --- is it empty? --- */

static bool emit_any(struct dir_sink *sink, const char *name, size_t len,
		     UNUSED u64 ino, UNUSED u32 type, UNUSED u64 next_offset)
{
	struct lower_sink *s = container_of(sink, struct lower_sink, sink);

	if (name_is_dots(name, len) ||
	    dirtab_find(&over_node(s->file->inode)->dir, name, len) != NULL)
		return true;
	s->err = -ENOTEMPTY;
	return false;
}

int over_dir_is_empty(struct inode *dir)
{
	struct over_node *n = over_node(dir);
	struct file shown = { .inode = dir };
	struct lower_sink s = { .sink.emit = emit_any, .file = &shown };
	struct file *lower;
	int err;

	if (n->names != 0)
		return -ENOTEMPTY;
	if (n->lower == NULL)
		return 0;
	err = inode_open(n->lower, LINUX_O_RDONLY | LINUX_O_DIRECTORY, &lower);
	if (err < 0)
		return err;
	err = lower->ops->readdir(lower, &s.sink);
	file_put(lower);
	return err < 0 ? err : s.err;
}
