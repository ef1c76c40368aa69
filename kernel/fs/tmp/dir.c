/* Reading directories in memory: an entry's offset is its cookie. */
#include "abi/linux/dirent.h"
#include "kernel/fs/tmp/tmpfs.h"

static bool emit_dot(struct file *f, struct dir_sink *sink)
{
	struct dentry *d = f->path.dentry;
	u64 ino = f->inode->ino;

	if (f->pos == 0) {
		if (!sink->emit(sink, ".", 1, ino, LINUX_DT_DIR, 1))
			return false;
		f->pos = 1;
	}
	if (f->pos == 1) {
		if (!sink->emit(sink, "..", 2, dentry_parent_ino(d, ino), LINUX_DT_DIR,
				2))
			return false;
		f->pos = 2;
	}
	return true;
}

static int tmp_readdir(struct file *f, struct dir_sink *sink)
{
	struct inode *dir = f->inode;
	const struct dir_entry *e;

	if (!emit_dot(f, sink))
		return 0;
	lock_acquire(&dir->lock);
	while ((e = dirtab_from(&tmp_node(dir)->dir, f->pos)) != NULL) {
		if (!sink->emit(sink, e->name, e->len, e->inode->ino,
				LINUX_DT_OF_MODE(e->inode->mode), e->cookie + 1))
			break;
		f->pos = e->cookie + 1;
	}
	lock_release(&dir->lock);
	tmp_touch_read(f);
	return 0;
}

static s64 tmp_dir_seek(struct file *f, s64 offset, int whence)
{
	if (whence != 0 && whence != 1)
		return -EINVAL;
	return file_seek_size(f, offset, whence, 0);
}

static int tmp_dir_fsync(UNUSED struct file *f, UNUSED bool data_only)
{
	return 0;
}

const struct file_ops tmp_dir_ops = {
	.readdir = tmp_readdir,
	.seek = tmp_dir_seek,
	.fsync = tmp_dir_fsync,
};
