/*
 * Reading host directories.
 *
 * OVERVIEW. A directory is read whole: its records, as the host gave them, are one block of
 * the shared heap, and a position is a number of an entry. So positions mean the same in
 * every process, however often they are returned to, and need no host call. In a tree that
 * nobody changes the block is kept with the inode (keep.c) and serves everybody who opens the
 * directory; otherwise it is read again whenever it is read from the start.
 *
 * LOCKING. cursor.lock covers the cursor of an open file; host_inode.dir_lock, taken under
 * it, the position of the host's descriptor.
 */
#include "abi/linux/dirent.h"
#include "abi/linux/fcntl.h"
#include "kernel/fs/host/hostfs.h"
#include "kernel/locks.h"
#include "lib/string.h"

#define LISTING_MAX ((u64)1 << 30)
#define FIRST_ENTRY 2u /* 0 is '.', 1 is '..' */

/* file->private */
struct cursor {
	struct lock lock;
	struct host_kept *listing; /* its records, referenced; NULL: not read yet */
	u64 offset;                /* of entry number index */
	u64 index;
};

/* The host's records are well formed; checked all the same, the tree may be a FUSE mount. */
static bool records_ok(const char *records, u64 size)
{
	u64 at = 0;

	while (at < size) {
		const struct linux_dirent64 *d = (const void *)(records + at);
		u32 head = offsetof(struct linux_dirent64, d_name);
		size_t len;

		if (size - at < head + 1 || d->d_reclen < head + 1 ||
		    d->d_reclen > size - at || d->d_reclen % 8 != 0)
			return false;
		len = strnlen(d->d_name, d->d_reclen - head);
		if (len == 0 || len > VFS_NAME_MAX || len == d->d_reclen - head)
			return false;
		at += d->d_reclen;
	}
	return true;
}

/* Is nothing behind these records, by the position behind the last? */
static bool records_end(const char *records, u64 size)
{
	s64 next = 0;

	for (u64 at = 0; at < size;) {
		const struct linux_dirent64 *d = (const void *)(records + at);

		next = d->d_off;
		at += d->d_reclen;
	}
	return next == INT64_MAX;
}

/*
 * Put size bytes behind those of k, which is replaced when they do not fit. last: no more are
 * to come, which is also likely when they were few.
 */
static int listing_append(struct host_kept **k, const char *records, u64 size, bool last)
{
	u64 had = *k == NULL ? 0 : (*k)->size, room = *k == NULL ? 0 : (*k)->room;
	u64 more = had + size > HOST_BLOCK_SIZE / 2 ? had + HOST_BLOCK_SIZE : 0;
	struct host_kept *made;

	if (had + size > LISTING_MAX)
		return -ENOMEM;
	if (room - had < size) {
		made = host_kept_create(had + size + (last ? 0 : more), false);
		if (made == NULL)
			return -ENOMEM;
		if (had != 0)
			memcpy(made->data, (*k)->data, had);
		host_kept_put(*k);
		*k = made;
	}
	memcpy((char *)(*k)->data + had, records, size);
	(*k)->size = had + size;
	return 0;
}

/*
 * All records of the host's directory. plain: its positions are known to grow and to end at
 * the greatest there is.
 */
static int listing_read(plat_fd_t fd, bool fresh, bool plain, char *block,
			struct host_kept **ret)
{
	s64 n = fresh ? 0 : plat_file_seek(fd, 0, LINUX_SEEK_SET);
	struct host_kept *k = NULL;
	bool last = false;
	int err = n < 0 ? (int)n : 0;

	while (err == 0 && !last) {
		n = plat_file_getdents(fd, block, HOST_BLOCK_SIZE);
		if (n < 0)
			err = (int)n;
		else if ((u64)n > HOST_BLOCK_SIZE || !records_ok(block, (u64)n))
			err = -EIO;
		else
			last = n == 0 || (plain && records_end(block, (u64)n));
		if (err == 0 && (n != 0 || k == NULL))
			err = listing_append(&k, block, (u64)n, last);
	}
	if (err < 0)
		host_kept_put(k);
	else
		*ret = k;
	return err;
}

/* The records of the directory open as fd, kept if they may be. */
static int listing_keep(struct inode *inode, plat_fd_t fd, bool fresh, struct host_kept **ret)
{
	AUTO_KFREE char *block = host_block_get();
	bool keep = host_may_keep(inode, fd);
	int err;

	if (block == NULL)
		return -ENOMEM;
	err = listing_read(fd, fresh, keep, block, ret);
	host_block_put(TAKE(block));
	if (keep && err == 0 && (*ret)->size <= HOST_KEPT_LISTING)
		host_kept_enter(&host_inode(inode)->kept, *ret);
	return err;
}

static int listing_fetch(struct inode *inode, struct host_kept **ret)
{
	struct host_inode *hi = host_inode(inode);
	struct host_fd *h;
	int err = host_fd_get(inode, HOST_READ, &h);

	if (err < 0)
		return err;
	lock_acquire(&hi->dir_lock);
	err = listing_keep(inode, host_fd_number(h), host_fd_is_fresh(h), ret);
	lock_release(&hi->dir_lock);
	host_fd_put(h);
	return err;
}

/* Start from the first entry, with a list that is new when the tree may have changed. */
static int cursor_start(struct cursor *c, struct inode *inode)
{
	int err = 0;

	host_kept_put(TAKE(c->listing));
	c->offset = 0;
	c->index = FIRST_ENTRY;
	if (!host_is_live(inode))
		c->listing = host_kept_get(&host_inode(inode)->kept);
	if (c->listing == NULL)
		err = listing_fetch(inode, &c->listing);
	return err;
}

static bool is_dot(const char *name)
{
	return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/* The record at the cursor, NULL at the end. Dots do not count as entries. */
static const struct linux_dirent64 *cursor_peek(struct cursor *c)
{
	while (c->offset < c->listing->size) {
		const struct linux_dirent64 *d =
			(const void *)((const char *)c->listing->data + c->offset);

		if (!is_dot(d->d_name))
			return d;
		c->offset += d->d_reclen;
	}
	return NULL;
}

static void cursor_next(struct cursor *c, const struct linux_dirent64 *d)
{
	c->offset += d->d_reclen;
	c->index++;
}

/* Move the cursor to entry number index, or to the end. */
static void cursor_seek(struct cursor *c, u64 index)
{
	const struct linux_dirent64 *d;

	if (index < c->index) {
		c->offset = 0;
		c->index = FIRST_ENTRY;
	}
	while (c->index < index && (d = cursor_peek(c)) != NULL)
		cursor_next(c, d);
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
	struct cursor *c = f->private;
	const struct linux_dirent64 *d;
	int err = 0;

	lock_acquire(&c->lock);
	if (f->pos == 0 || c->listing == NULL)
		err = cursor_start(c, f->inode);
	if (err < 0 || !emit_dots(f, sink))
		goto out;
	cursor_seek(c, f->pos);
	while ((d = cursor_peek(c)) != NULL) {
		if (!sink->emit(sink, d->d_name, strlen(d->d_name), d->d_ino, d->d_type,
				c->index + 1))
			break;
		cursor_next(c, d);
		f->pos = c->index;
	}
out:
	lock_release(&c->lock);
	return err;
}

/* --- reading ahead --- */

/*
 * Who reads ahead has descriptors that no other thread reads, and no other process (see
 * blank_create()), and so he needs no dir_lock, for which others would wait.
 */
static int listing_ahead(struct inode *dir, struct host_kept **ret)
{
	struct host_fd *h;
	int err = host_fd_get(dir, HOST_READ, &h);

	if (err < 0)
		return err;
	err = listing_keep(dir, host_fd_number(h), host_fd_is_fresh(h), ret);
	host_fd_put(h);
	return err;
}

int host_ahead(struct inode *dir, struct dir_sink *sink)
{
	struct host_inode *hi = host_inode(dir);
	struct host_kept *k;
	int err = 0;

	if (sink == NULL)
		return 0;
	k = host_kept_get(&hi->kept);
	if (k == NULL)
		err = listing_ahead(dir, &k);
	if (err < 0)
		return err;
	if (atomic_load(&hi->kept) == NULL)
		err = -EOPNOTSUPP;
	for (u64 at = 0; err == 0 && at < k->size;) {
		const struct linux_dirent64 *d = (const void *)((const char *)k->data + at);

		at += d->d_reclen;
		if (!sink->emit(sink, d->d_name, strlen(d->d_name), d->d_ino, d->d_type, at))
			break;
	}
	host_kept_put(k);
	return err;
}

/* The directory open as fd, which is taken over. */
static int directory_find(struct inode *dir, const char *name, size_t len, plat_fd_t fd,
			  struct inode **ret)
{
	struct linux_statx stx;
	int err = plat_file_fstatx(fd, &stx);

	if (err == 0 && !LINUX_S_ISDIR(stx.stx_mode)) /* the broker's list of one */
		err = -EOPNOTSUPP;
	if (err == 0)
		err = host_inode_find(dir->sb, &stx, host_inode(dir)->place, name, len, ret);
	if (err == 0)
		host_fd_adopt(*ret, HOST_READ, fd);
	else
		plat_file_close(fd);
	return err;
}

/* A directory is found by being opened, which it will have to be anyhow. */
int host_ahead_lookup(struct inode *dir, const char *name, size_t len, bool is_dir,
		      struct inode **ret)
{
	const int flags = LINUX_O_RDONLY | LINUX_O_DIRECTORY | LINUX_O_NOFOLLOW |
			  LINUX_O_NONBLOCK | LINUX_O_CLOEXEC;
	AUTO_KFREE char *path = NULL;
	plat_fd_t fd;
	int err;

	if (!is_dir)
		return host_lookup(dir, name, len, ret);
	err = host_path_in(dir, name, len, &path);
	if (err == 0)
		err = plat_file_open(host_super(dir)->tree, path, flags, 0, &fd);
	return err < 0 ? err : directory_find(dir, name, len, fd, ret);
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
	struct cursor *c = f->private;

	if (c == NULL)
		return;
	host_kept_put(c->listing);
	kfree(c);
}

int host_dir_open(struct file *file)
{
	struct cursor *c = kzalloc(sizeof(*c));

	if (c == NULL)
		return -ENOMEM;
	lock_rank(&c->lock, RANK_LISTING);
	file->private = c;
	return 0;
}

const struct file_ops host_dir_ops = {
	.seek = host_dir_seek,
	.readdir = host_readdir,
	.fsync = host_dir_fsync,
	.release = host_dir_release,
};
