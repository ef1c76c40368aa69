/*
 * Reading host directories.
 *
 * OVERVIEW. An open directory is listed whole at its first read, and again when it is read
 * from the start: the records stay as the host gave them, in blocks of the shared heap, and
 * a position is a number of an entry. So positions mean the same in every process, however
 * often they are returned to, and need no host call.
 *
 * LOCKING. listing.lock covers the listing; host_inode.dir_lock, taken under it, the
 * position of the host's descriptor.
 */
#include "abi/linux/dirent.h"
#include "abi/linux/fcntl.h"
#include "kernel/fs/host/hostfs.h"
#include "kernel/locks.h"
#include "lib/string.h"

#define BLOCK_SIZE 32768u
#define FIRST_ENTRY 2u /* 0 is '.', 1 is '..' */

struct block {
	struct block *next;
	u32 used;
	char records[BLOCK_SIZE - 16] ALIGNED(8);
};

struct listing {
	struct lock lock;
	bool filled;
	struct block *first;
	struct block *block; /* where entry number index is */
	u32 offset;
	u64 index;
};

static void listing_clear(struct listing *l)
{
	while (l->first != NULL) {
		struct block *b = l->first;

		l->first = b->next;
		kfree(b);
	}
	l->block = NULL;
	l->filled = false;
}

/* The host's records are well formed; checked all the same, the tree may be a FUSE mount. */
static bool records_ok(const struct block *b)
{
	u32 at = 0;

	while (at < b->used) {
		const struct linux_dirent64 *d = (const void *)(b->records + at);
		u32 head = offsetof(struct linux_dirent64, d_name);
		size_t len;

		if (b->used - at < head + 1 || d->d_reclen < head + 1 ||
		    d->d_reclen > b->used - at || d->d_reclen % 8 != 0)
			return false;
		len = strnlen(d->d_name, d->d_reclen - head);
		if (len == 0 || len > VFS_NAME_MAX || len == d->d_reclen - head)
			return false;
		at += d->d_reclen;
	}
	return true;
}

static int listing_read(struct listing *l, plat_fd_t fd)
{
	struct block **tail = &l->first;
	s64 n = plat_file_seek(fd, 0, LINUX_SEEK_SET);

	while (n >= 0) {
		struct block *b = kzalloc(sizeof(*b));

		if (b == NULL)
			return -ENOMEM;
		*tail = b;
		tail = &b->next;
		n = plat_file_getdents(fd, b->records, sizeof(b->records));
		if (n == 0)
			return 0;
		if (n < 0)
			break;
		b->used = (u32)n;
		if ((size_t)n > sizeof(b->records) || !records_ok(b))
			return -EIO;
	}
	return (int)n;
}

static int listing_fill(struct listing *l, struct inode *inode)
{
	struct host_fd *h;
	int err = host_fd_get(inode, HOST_READ, &h);

	if (err < 0)
		return err;
	listing_clear(l);
	lock_acquire(&host_inode(inode)->dir_lock);
	err = listing_read(l, host_fd_number(h));
	lock_release(&host_inode(inode)->dir_lock);
	host_fd_put(h);
	if (err < 0)
		listing_clear(l);
	else
		l->filled = true;
	l->block = l->first;
	l->offset = 0;
	l->index = FIRST_ENTRY;
	return err;
}

static bool is_dot(const char *name)
{
	return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/* The record at the cursor, NULL at the end. Dots do not count as entries. */
static const struct linux_dirent64 *listing_peek(struct listing *l)
{
	while (l->block != NULL) {
		const struct linux_dirent64 *d;

		if (l->offset >= l->block->used) {
			l->block = l->block->next;
			l->offset = 0;
			continue;
		}
		d = (const void *)(l->block->records + l->offset);
		if (!is_dot(d->d_name))
			return d;
		l->offset += d->d_reclen;
	}
	return NULL;
}

static void listing_next(struct listing *l, const struct linux_dirent64 *d)
{
	l->offset += d->d_reclen;
	l->index++;
}

/* Move the cursor to entry number index, or to the end. */
static void listing_seek(struct listing *l, u64 index)
{
	const struct linux_dirent64 *d;

	if (index < l->index) {
		l->block = l->first;
		l->offset = 0;
		l->index = FIRST_ENTRY;
	}
	while (l->index < index && (d = listing_peek(l)) != NULL)
		listing_next(l, d);
}

static bool emit_dots(struct file *f, struct dir_sink *sink)
{
	const struct dentry *d = f->path.dentry;
	u64 up = d != NULL && d->parent != NULL && d->parent->inode != NULL ?
			 d->parent->inode->ino : f->inode->ino;

	if (f->pos == 0) {
		if (!sink->emit(sink, ".", 1, f->inode->ino, LINUX_DT_DIR, 1))
			return false;
		f->pos = 1;
	}
	if (f->pos == 1) {
		if (!sink->emit(sink, "..", 2, up, LINUX_DT_DIR, FIRST_ENTRY))
			return false;
		f->pos = FIRST_ENTRY;
	}
	return true;
}

static int host_readdir(struct file *f, struct dir_sink *sink)
{
	struct listing *l = f->private;
	const struct linux_dirent64 *d;
	int err = 0;

	lock_acquire(&l->lock);
	if (f->pos == 0 || !l->filled)
		err = listing_fill(l, f->inode);
	if (err < 0 || !emit_dots(f, sink))
		goto out;
	listing_seek(l, f->pos);
	while ((d = listing_peek(l)) != NULL) {
		if (!sink->emit(sink, d->d_name, strlen(d->d_name), d->d_ino, d->d_type,
				l->index + 1))
			break;
		listing_next(l, d);
		f->pos = l->index;
	}
out:
	lock_release(&l->lock);
	return err;
}

static s64 host_dir_seek(struct file *f, s64 offset, int whence)
{
	return file_seek_size(f, offset, whence, atomic_load(&f->inode->size));
}

static int host_dir_fsync(struct file *f, UNUSED bool data_only)
{
	return host_is_writable(f->inode) ? host_dir_sync(f->inode, false) : 0;
}

static void host_dir_release(struct file *f)
{
	struct listing *l = f->private;

	if (l == NULL)
		return;
	listing_clear(l);
	kfree(l);
}

int host_dir_open(struct file *file)
{
	struct listing *l = kzalloc(sizeof(*l));

	if (l == NULL)
		return -ENOMEM;
	lock_rank(&l->lock, RANK_LISTING);
	file->private = l;
	return 0;
}

const struct file_ops host_dir_ops = {
	.seek = host_dir_seek,
	.readdir = host_readdir,
	.fsync = host_dir_fsync,
	.release = host_dir_release,
};
