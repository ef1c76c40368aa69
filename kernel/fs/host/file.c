/*
 * Reading, writing and mapping host files.
 *
 * OVERVIEW. Every transfer is one host call on a descriptor from fd.c, with an explicit
 * offset, straight to or from the guest's memory, or a copy of what is kept of a small file
 * that is read again and that nobody changes. Writing exists only in :rw trees.
 *
 * LINUX BEHAVIOUR. Sockets and FIFOs of a host tree are seen but not opened (ENXIO): a
 * connection to the host is never made by path. Devices are refused with EACCES, as on a
 * nodev mount; the sandbox has its own /dev.
 *
 * What is kept in memory (keep.c) is opened and read without the host.
 */
#include "abi/linux/fcntl.h"
#include "abi/linux/mman.h"
#include "kernel/fs/host/hostfs.h"
#include "kernel/mm/pool.h"
#include "kernel/vfs/iter.h"

#define HOST_PIECE_MAX RW_COUNT_MAX

static enum host_access file_access(const struct file *f)
{
	if (!(f->mode & FMODE_WRITE))
		return HOST_READ;
	return f->flags & LINUX_O_APPEND ? HOST_APPEND : HOST_WRITE;
}

/* One host call for each contiguous piece; stops at the first short one. */
static s64 transfer(plat_fd_t fd, struct iter *it, u64 *pos, bool write)
{
	s64 total = 0;

	for (;;) {
		void *piece;
		s64 len = iter_piece(it, HOST_PIECE_MAX, &piece), n;

		if (len <= 0)
			return total != 0 ? total : len;
		if (write)
			n = plat_file_write(fd, piece, (size_t)len, (s64)*pos);
		else
			n = plat_file_read(fd, piece, (size_t)len, (s64)*pos);
		if (n < 0)
			return total != 0 ? total : n;
		iter_advance(it, (size_t)n);
		*pos += (u64)n;
		total += n;
		if (n < len)
			return total;
	}
}

/* Is what the host has now what the inode's attributes say? */
static bool as_looked_up(const struct inode *inode, const struct linux_statx *stx)
{
	return host_inode_is(inode, stx) && stx->stx_size == inode->size &&
	       stx->stx_mtime.tv_sec == inode->mtime.tv_sec &&
	       stx->stx_mtime.tv_nsec == inode->mtime.tv_nsec;
}

/*
 * The whole of a small file, to be kept for all processes: referenced, or NULL. One byte more
 * than there is room for is not asked for: who changes the file shows by its attributes.
 */
static struct host_kept *contents_fetch(struct inode *inode, plat_fd_t fd)
{
	struct host_inode *hi = host_inode(inode);
	u64 size = atomic_load(&inode->size);
	struct host_kept *k = NULL;
	struct linux_statx stx;
	s64 n = 0;

	if (size == 0 || size > HOST_KEPT_FILE || !host_may_keep(inode, fd))
		return NULL;
	k = host_kept_create(size, true);
	if (k == NULL)
		return NULL;
	pool_prefault(k->page, k->pages);
	do {
		n = plat_file_read(fd, (char *)k->data + k->size, k->room - k->size,
				   (s64)k->size);
		k->size += n > 0 ? (u64)n : 0;
	} while (n > 0 && k->size < k->room);
	if (n < 0 || k->size != size || plat_file_fstatx(fd, &stx) < 0 ||
	    !as_looked_up(inode, &stx)) {
		host_kept_put(k);
		return NULL;
	}
	host_kept_enter(&hi->kept, k);
	return k;
}

static s64 contents_copy(const struct host_kept *k, struct iter *to, u64 *pos)
{
	s64 n;

	if (*pos >= k->size)
		return 0;
	n = iter_copy_to(to, (const char *)k->data + *pos, k->size - *pos);
	if (n > 0)
		*pos += (u64)n;
	return n;
}

/*
 * From the host, and what is read again into memory: most files are read once, in one piece or
 * in several.
 */
static s64 read_host(struct inode *inode, struct iter *to, u64 *pos, struct host_kept **ret)
{
	struct host_inode *hi = host_inode(inode);
	struct host_fd *h;
	s64 n = host_fd_get(inode, HOST_READ, &h);

	if (n < 0)
		return n;
	if (*pos < atomic_load_relaxed(&hi->read_to) && !atomic_load_relaxed(&hi->never_keep)) {
		*ret = contents_fetch(inode, host_fd_number(h));
		if (*ret == NULL)
			atomic_store_relaxed(&hi->never_keep, true);
	}
	if (*ret == NULL)
		n = transfer(host_fd_number(h), to, pos, false);
	if (n > 0 && *pos <= HOST_KEPT_FILE)
		atomic_store_relaxed(&hi->read_to, (u32)*pos);
	host_fd_put(h);
	return n;
}

static s64 host_read(struct file *f, struct iter *to, u64 *pos)
{
	struct host_kept *k = host_kept_get(&host_inode(f->inode)->kept);
	s64 n = 0;

	if (k == NULL)
		n = read_host(f->inode, to, pos, &k);
	if (k != NULL)
		n = contents_copy(k, to, pos);
	host_kept_put(k);
	return n;
}

/* Linux: an O_APPEND write leaves the position after what was written. */
static s64 host_write(struct file *f, struct iter *from, u64 *pos)
{
	enum host_access access = file_write_appends(f, from) ? HOST_APPEND : HOST_WRITE;
	struct linux_statx stx;
	struct host_fd *h;
	s64 n = host_fd_get(f->inode, access, &h);

	if (n < 0)
		return n;
	n = transfer(host_fd_number(h), from, pos, true);
	if (n > 0 && plat_file_fstatx(host_fd_number(h), &stx) == 0 &&
	    host_inode_is(f->inode, &stx)) {
		host_inode_update(f->inode, &stx);
		if (access == HOST_APPEND)
			*pos = stx.stx_size;
	}
	host_fd_put(h);
	return n;
}

static s64 host_seek(struct file *f, s64 offset, int whence)
{
	struct host_fd *h;
	s64 n;

	if (whence != LINUX_SEEK_DATA && whence != LINUX_SEEK_HOLE) {
		host_inode_refresh(f->inode);
		return file_seek_size(f, offset, whence, atomic_load(&f->inode->size));
	}
	n = host_fd_get(f->inode, HOST_READ, &h);
	if (n < 0)
		return n;
	n = plat_file_seek(host_fd_number(h), offset, whence);
	host_fd_put(h);
	return n < 0 ? n : file_seek_size(f, n, LINUX_SEEK_SET, 0);
}

static int host_map(struct file *f, const struct map_request *req)
{
	enum host_access access = HOST_READ;
	int flags = req->shared ? LINUX_MAP_SHARED : LINUX_MAP_PRIVATE;
	struct host_fd *h;
	int err;

	if (req->shared && (f->mode & FMODE_WRITE))
		access = HOST_WRITE;
	err = host_fd_get(f->inode, access, &h);
	if (err < 0)
		return err;
	if (req->prot & LINUX_PROT_EXEC)
		host_fd_is_program(h);
	err = plat_map(req->addr, req->len, req->prot, flags | req->extra, host_fd_number(h),
		       req->offset);
	host_fd_put(h);
	return err;
}

/* The page was taken away when the file was cut; it may have grown since. */
static int host_fault(struct file *f, const struct map_request *req)
{
	host_inode_refresh(f->inode);
	if (req->offset >= atomic_load(&f->inode->size))
		return -EFAULT;
	return host_map(f, req) < 0 ? -EFAULT : 0;
}

static int host_content(struct file *f, struct file_content *ret)
{
	struct linux_statx stx;
	struct host_fd *h;
	int err;

	if (host_is_live(f->inode))
		return -EOPNOTSUPP;
	err = host_fd_get(f->inode, HOST_READ, &h);
	if (err < 0)
		return err;
	err = plat_file_fstatx(host_fd_number(h), &stx);
	host_fd_put(h);
	if (err < 0)
		return err;
	*ret = (struct file_content){
		.dev = (u64)stx.stx_dev_major << 32 | stx.stx_dev_minor,
		.ino = stx.stx_ino,
		.size = stx.stx_size,
		.mtime_sec = stx.stx_mtime.tv_sec,
		.mtime_nsec = stx.stx_mtime.tv_nsec,
		.ctime_sec = stx.stx_ctime.tv_sec,
		.ctime_nsec = stx.stx_ctime.tv_nsec,
	};
	return 0;
}

static int host_name(struct file *f, int *ret_tree, char **ret_path)
{
	*ret_tree = host_super(f->inode)->tree;
	return host_path_of(f->inode, 0, ret_path);
}

static int host_fsync(struct file *f, bool data_only)
{
	struct host_fd *h;
	int err;

	if (!host_is_writable(f->inode))
		return 0;
	err = host_fd_get(f->inode, HOST_READ, &h);
	if (err < 0)
		return err;
	err = plat_file_sync(host_fd_number(h), data_only);
	host_fd_put(h);
	return err;
}

static int host_fallocate(struct file *f, int mode, u64 offset, u64 len)
{
	struct host_fd *h;
	int err = host_fd_get(f->inode, HOST_WRITE, &h);

	if (err < 0)
		return err;
	err = plat_file_allocate(host_fd_number(h), mode, offset, len);
	host_fd_put(h);
	if (err == 0)
		host_inode_refresh(f->inode);
	return err;
}

/*
 * The descriptor is got now although only the first read needs it: what the host refuses is
 * the error of open(2), and a file of a :rw tree can be used after it was unlinked. What is
 * kept of a file was read with one.
 */
int host_open(struct inode *inode, struct file *file)
{
	struct host_fd *h;
	int err;

	switch (inode->mode & LINUX_S_IFMT) {
	case LINUX_S_IFREG:
	case LINUX_S_IFDIR:
		break;
	case LINUX_S_IFLNK:
		return -ELOOP;
	case LINUX_S_IFCHR:
	case LINUX_S_IFBLK:
		return -EACCES;
	default:
		return -ENXIO;
	}
	if ((file->mode & FMODE_WRITE) && !host_is_writable(inode))
		return -EROFS;
	if (atomic_load(&host_inode(inode)->kept) == NULL) {
		err = host_fd_get(inode, file_access(file), &h);
		if (err < 0)
			return err;
		host_fd_put(h);
	}
	if (LINUX_S_ISDIR(inode->mode))
		return host_dir_open(file);
	host_inode_refresh(inode);
	return 0;
}

const struct file_ops host_file_ops = {
	.read = host_read,
	.write = host_write,
	.seek = host_seek,
	.map = host_map,
	.fault = host_fault,
	.content = host_content,
	.host_name = host_name,
	.fsync = host_fsync,
	.fallocate = host_fallocate,
};
