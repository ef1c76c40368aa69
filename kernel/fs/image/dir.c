/* Reading directories of an image: an entry's offset is its place in the directory's data. */
#include "abi/linux/dirent.h"
#include "kernel/fs/image/imagefs.h"
#include "lib/names.h"
#include "lib/string.h"
#include "store/erofs.h"

/* Positions 0 and 1 are the dots, wherever the image has them; place p is position p + 2. */
static bool emit_dots(struct file *f, struct dir_sink *sink)
{
	u64 ino = f->inode->ino;

	if (f->pos == 0) {
		if (!sink->emit(sink, ".", 1, ino, 4, 1))
			return false;
		f->pos = 1;
	}
	if (f->pos == 1) {
		if (!sink->emit(sink, "..", 2, dentry_parent_ino(f->path.dentry, ino), 4, 2))
			return false;
		f->pos = 2;
	}
	return true;
}

static u32 type_of(const struct image_entry *e)
{
	static const u8 types[] = {
		[EROFS_TYPE_REG] = LINUX_DT_REG,   [EROFS_TYPE_DIR] = LINUX_DT_DIR,
		[EROFS_TYPE_CHR] = LINUX_DT_CHR,   [EROFS_TYPE_BLK] = LINUX_DT_BLK,
		[EROFS_TYPE_FIFO] = LINUX_DT_FIFO, [EROFS_TYPE_SOCK] = LINUX_DT_SOCK,
		[EROFS_TYPE_LNK] = LINUX_DT_LNK,
	};

	return e->type < ARRAY_SIZE(types) ? types[e->type] : LINUX_DT_UNKNOWN;
}

static int read_names(struct file *f, struct dir_sink *sink)
{
	const struct image *image = &image_super(f->inode)->image;
	const struct image_inode *disk = &image_node(f->inode)->disk;
	struct image_entry e;
	u64 at;
	int r;

	if (!emit_dots(f, sink))
		return 0;
	at = f->pos - 2;
	while ((r = image_readdir(image, disk, &at, &e)) == 1) {
		if (!name_is_dots(e.name, e.len) &&
		    !sink->emit(sink, e.name, e.len, e.nid + 1, type_of(&e), at + 2))
			return 0;
		f->pos = at + 2;
	}
	if (r < 0)
		image_damaged(f->inode, "directory");
	return r;
}

static s64 image_dir_seek(struct file *f, s64 offset, int whence)
{
	return file_seek_size(f, offset, whence, f->inode->size);
}

static int image_dir_fsync(UNUSED struct file *f, UNUSED bool data_only)
{
	return 0;
}

const struct file_ops image_dir_ops = {
	.readdir = read_names,
	.seek = image_dir_seek,
	.fsync = image_dir_fsync,
};
