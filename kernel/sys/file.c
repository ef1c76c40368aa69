/*
 * Moving data through descriptors: read, write and their vectored and positioned forms.
 *
 * OVERVIEW. The handlers find the file, build a cursor over the guest's buffers and leave
 * everything else to kernel/vfs/file.c.
 *
 * LINUX BEHAVIOUR. fs/read_write.c: a call moves at most MAX_RW_COUNT bytes; the addresses
 * of all buffers are checked for being user addresses before anything is moved, their
 * contents only as far as data goes.
 */
#include "abi/linux/fcntl.h"
#include "abi/linux/uio.h"
#include "kernel/mm/uaccess.h"
#include "kernel/obj/pipe.h"
#include "kernel/sys/file_transfer.h"
#include "kernel/sys/syscall.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/iter.h"
#include "kernel/vfs/namei.h"

#define IOV_ON_STACK 8u

/* Linux: access_ok(); only the ends count, holes and the kernel's zone show on use. */
static bool buffer_ok(uaddr_t buf, u64 len)
{
	return buf <= USER_ADDR_MAX && len <= USER_ADDR_MAX - buf;
}

SYSCALL_DEFINE(read, int, fd, uaddr_t, buf, u64, count)
{
	AUTO_FILE f = fd_get(fd);
	struct iter it;

	if (f == NULL || !(f->mode & FMODE_READ))
		return -EBADF;
	if (!buffer_ok(buf, count))
		return -EFAULT;
	iter_init_user(&it, buf, count);
	return file_read_pos(f, &it);
}

SYSCALL_DEFINE(write, int, fd, uaddr_t, buf, u64, count)
{
	AUTO_FILE f = fd_get(fd);
	struct iter it;

	if (f == NULL || !(f->mode & FMODE_WRITE))
		return -EBADF;
	if (!buffer_ok(buf, count))
		return -EFAULT;
	iter_init_user(&it, buf, count);
	return file_write_pos(f, &it);
}

SYSCALL_DEFINE(pread64, int, fd, uaddr_t, buf, u64, count, s64, offset)
{
	AUTO_FILE f = NULL;
	struct iter it;
	u64 pos = (u64)offset;

	if (offset < 0)
		return -EINVAL;
	f = fd_get(fd);
	if (f == NULL)
		return -EBADF;
	if (!(f->mode & FMODE_SEEK))
		return -ESPIPE;
	if (!(f->mode & FMODE_READ))
		return -EBADF;
	if (!buffer_ok(buf, count))
		return -EFAULT;
	iter_init_user(&it, buf, count);
	return file_read(f, &it, &pos);
}

SYSCALL_DEFINE(pwrite64, int, fd, uaddr_t, buf, u64, count, s64, offset)
{
	AUTO_FILE f = NULL;
	struct iter it;
	u64 pos = (u64)offset;

	if (offset < 0)
		return -EINVAL;
	f = fd_get(fd);
	if (f == NULL)
		return -EBADF;
	if (!(f->mode & FMODE_SEEK))
		return -ESPIPE;
	if (!(f->mode & FMODE_WRITE))
		return -EBADF;
	if (!buffer_ok(buf, count))
		return -EFAULT;
	iter_init_user(&it, buf, count);
	return file_write(f, &it, &pos);
}

/* --- vectors --- */

/* A guest's vector in kernel memory; few elements need no allocation. */
struct vector {
	struct linux_iovec few[IOV_ON_STACK];
	struct linux_iovec *many; /* NULL: few is used */
	u32 count;
	u64 total;
};

static void vector_fini(struct vector *v)
{
	kfree(v->many);
}

#define AUTO_VECTOR __attribute__((cleanup(vector_fini))) struct vector

/* Linux: import_iovec(). Elements beyond MAX_RW_COUNT in all are cut off. */
static int vector_check(struct linux_iovec *iov, u32 count, u64 *ret_total)
{
	u64 total = 0;

	for (u32 i = 0; i < count; i++)
		if ((s64)iov[i].iov_len < 0)
			return -EINVAL;
	for (u32 i = 0; i < count; i++) {
		if (!buffer_ok(iov[i].iov_base, iov[i].iov_len))
			return -EFAULT;
		iov[i].iov_len = MIN(iov[i].iov_len, RW_COUNT_MAX - total);
		total += iov[i].iov_len;
	}
	*ret_total = total;
	return 0;
}

static int vector_fetch(struct vector *v, uaddr_t iov, u64 count)
{
	struct linux_iovec *to = v->few;

	if (count > LINUX_UIO_MAXIOV)
		return -EINVAL;
	if (count > IOV_ON_STACK) {
		v->many = kzalloc(count * sizeof(struct linux_iovec));
		if (v->many == NULL)
			return -ENOMEM;
		to = v->many;
	}
	if (copy_in(to, iov, count * sizeof(struct linux_iovec)) < 0)
		return -EFAULT;
	v->count = (u32)count;
	return vector_check(to, v->count, &v->total);
}

static void vector_iter(const struct vector *v, struct iter *it)
{
	iter_init_iov(it, v->many != NULL ? v->many : v->few, v->count, v->total);
}

/* Where a vectored transfer starts. */
struct place {
	bool own;  /* at the file's position */
	u64 pos;
	u32 flags; /* LINUX_RWF_* */
	bool write;
};

#define RWF_KNOWN                                                                 \
	(LINUX_RWF_HIPRI | LINUX_RWF_DSYNC | LINUX_RWF_SYNC | LINUX_RWF_NOWAIT |   \
	 LINUX_RWF_APPEND | LINUX_RWF_NOAPPEND)

#define RWF_APPENDS (LINUX_RWF_APPEND | LINUX_RWF_NOAPPEND)

static s64 write_synced(struct file *f, s64 n, u32 flags)
{
	int err = 0;

	if (n > 0 && (flags & (LINUX_RWF_DSYNC | LINUX_RWF_SYNC)))
		err = file_sync(f, !(flags & LINUX_RWF_SYNC));
	return err < 0 ? err : n;
}

static s64 vector_transfer(struct file *f, struct iter *it, struct place *at)
{
	s64 n;

	it->no_wait = at->flags & LINUX_RWF_NOWAIT;
	if (!at->write)
		return at->own ? file_read_pos(f, it) : file_read(f, it, &at->pos);
	if (at->flags & LINUX_RWF_APPEND)
		it->append = ITER_APPEND;
	else if (at->flags & LINUX_RWF_NOAPPEND)
		it->append = ITER_NO_APPEND;
	n = at->own ? file_write_pos(f, it) : file_write(f, it, &at->pos);
	return write_synced(f, n, at->flags);
}

static int flags_check(const struct file *f, u32 flags)
{
	if (flags & ~RWF_KNOWN || (flags & LINUX_RWF_NOWAIT && !f->ops->no_wait))
		return -EOPNOTSUPP;
	return (flags & RWF_APPENDS) == RWF_APPENDS ? -EINVAL : 0;
}

static s64 vector_call(int fd, uaddr_t iov, u64 count, struct place *at)
{
	AUTO_VECTOR v = { .many = NULL };
	AUTO_FILE f = fd_get(fd);
	struct iter it;
	int err;

	if (f == NULL)
		return -EBADF;
	if (!at->own && !(f->mode & FMODE_SEEK))
		return -ESPIPE;
	err = vector_fetch(&v, iov, count);
	if (err < 0)
		return err;
	if (!(f->mode & (at->write ? FMODE_WRITE : FMODE_READ)))
		return -EBADF;
	if (v.total == 0)
		return 0;
	err = flags_check(f, at->flags);
	if (err < 0)
		return err;
	vector_iter(&v, &it);
	return vector_transfer(f, &it, at);
}

int file_transfer(struct file *f, const struct file_transfer *t, s64 *ret_moved)
{
	AUTO_VECTOR v = { .many = NULL };
	struct place at = { .pos = (u64)t->offset, .flags = t->flags, .write = t->write };
	struct iter it;
	int err = flags_check(f, t->flags);

	if (err < 0)
		return err;
	if (!(f->mode & (t->write ? FMODE_WRITE : FMODE_READ)))
		return -EBADF;
	if (t->vector) {
		err = vector_fetch(&v, t->buf, t->size);
		if (err < 0)
			return err;
		vector_iter(&v, &it);
	} else {
		if (!buffer_ok(t->buf, t->size))
			return -EFAULT;
		iter_init_user(&it, t->buf, t->size);
	}
	if (f->mode & FMODE_SEEK && t->offset < 0)
		return -EINVAL;
	*ret_moved = vector_transfer(f, &it, &at);
	return 0;
}

SYSCALL_DEFINE(readv, int, fd, uaddr_t, iov, u64, count)
{
	struct place at = { .own = true };

	return vector_call(fd, iov, count, &at);
}

SYSCALL_DEFINE(writev, int, fd, uaddr_t, iov, u64, count)
{
	struct place at = { .own = true, .write = true };

	return vector_call(fd, iov, count, &at);
}

/* pos_h exists for 32-bit callers: on x86-64 pos_l has all of it. */
SYSCALL_DEFINE(preadv, int, fd, uaddr_t, iov, u64, count, s64, pos_l, u64, UNUSED pos_h)
{
	struct place at = { .pos = (u64)pos_l };

	return pos_l < 0 ? -EINVAL : vector_call(fd, iov, count, &at);
}

SYSCALL_DEFINE(pwritev, int, fd, uaddr_t, iov, u64, count, s64, pos_l, u64, UNUSED pos_h)
{
	struct place at = { .pos = (u64)pos_l, .write = true };

	return pos_l < 0 ? -EINVAL : vector_call(fd, iov, count, &at);
}

SYSCALL_DEFINE(preadv2, int, fd, uaddr_t, iov, u64, count, s64, pos_l, u64, UNUSED pos_h, int,
	       flags)
{
	struct place at = { .own = pos_l == -1, .pos = (u64)pos_l, .flags = (u32)flags };

	return pos_l < -1 ? -EINVAL : vector_call(fd, iov, count, &at);
}

SYSCALL_DEFINE(pwritev2, int, fd, uaddr_t, iov, u64, count, s64, pos_l, u64, UNUSED pos_h, int,
	       flags)
{
	struct place at = {
		.own = pos_l == -1,
		.pos = (u64)pos_l,
		.flags = (u32)flags,
		.write = true,
	};

	return pos_l < -1 ? -EINVAL : vector_call(fd, iov, count, &at);
}

/* Linux: what fits into the pipe when it has room, not all: who reads it may be the caller. */
static s64 vector_to_pipe(struct file *f, uaddr_t iov, u64 count, bool wait)
{
	AUTO_VECTOR v = { .many = NULL };
	struct iter it;
	int err = vector_fetch(&v, iov, count);

	if (err < 0 || v.total == 0)
		return err;
	vector_iter(&v, &it);
	return pipe_write_part(f, &it, wait);
}

/* Linux: would hand the caller's pages to the pipe; here the bytes are copied. */
SYSCALL_DEFINE(vmsplice, int, fd, uaddr_t, iov, u64, count, u32, flags)
{
	AUTO_FILE f = fd_get(fd);
	struct place at = { .own = true };
	s64 n = 0;

	if (flags & ~(u32)(LINUX_SPLICE_F_MOVE | LINUX_SPLICE_F_NONBLOCK |
			   LINUX_SPLICE_F_MORE | LINUX_SPLICE_F_GIFT))
		return -EINVAL;
	if (f == NULL || !file_is_pipe(f))
		return -EBADF;
	if (f->mode & FMODE_WRITE)
		return vector_to_pipe(f, iov, count, !(flags & LINUX_SPLICE_F_NONBLOCK));
	if (flags & LINUX_SPLICE_F_NONBLOCK)
		n = pipe_peek(f, NULL, 0);
	return n < 0 ? n : vector_call(fd, iov, count, &at);
}

SYSCALL_DEFINE(lseek, int, fd, s64, offset, u32, whence)
{
	AUTO_FILE f = fd_get(fd);

	if (f == NULL)
		return -EBADF;
	if (whence > LINUX_SEEK_HOLE)
		return -EINVAL;
	return file_seek(f, offset, (int)whence);
}

/* --- to stable storage --- */

static s64 sync_fd(int fd, bool data_only)
{
	AUTO_FILE f = fd_get(fd);

	return f == NULL ? -EBADF : file_sync(f, data_only);
}

SYSCALL_DEFINE(fsync, int, fd)
{
	return sync_fd(fd, false);
}

SYSCALL_DEFINE(fdatasync, int, fd)
{
	return sync_fd(fd, true);
}

SYSCALL_DEFINE(sync)
{
	vfs_sync_all();
	return 0;
}

SYSCALL_DEFINE(syncfs, int, fd)
{
	AUTO_FILE f = fd_get(fd);

	return f == NULL ? -EBADF : super_sync(f->inode->sb);
}

static bool is_stream(const struct inode *i)
{
	return LINUX_S_ISFIFO(i->mode) || LINUX_S_ISSOCK(i->mode);
}

SYSCALL_DEFINE(sync_file_range, int, fd, s64, offset, s64, len, u32, flags)
{
	const u32 known = LINUX_SYNC_FILE_RANGE_WAIT_BEFORE | LINUX_SYNC_FILE_RANGE_WRITE |
			  LINUX_SYNC_FILE_RANGE_WAIT_AFTER;
	AUTO_FILE f = fd_get(fd);
	s64 end;

	if (f == NULL)
		return -EBADF;
	if (flags & ~known || offset < 0 || len < 0 ||
	    __builtin_add_overflow(offset, len, &end))
		return -EINVAL;
	if (!LINUX_S_ISREG(f->inode->mode) && !LINUX_S_ISBLK(f->inode->mode) &&
	    !LINUX_S_ISDIR(f->inode->mode) && !LINUX_S_ISLNK(f->inode->mode))
		return -ESPIPE;
	return flags & LINUX_SYNC_FILE_RANGE_WAIT_AFTER ? file_sync(f, true) : 0;
}

/* --- size and advice --- */

SYSCALL_DEFINE(fallocate, int, fd, int, mode, s64, offset, s64, len)
{
	AUTO_FILE f = fd_get(fd);

	return f == NULL ? -EBADF : file_fallocate(f, mode, offset, len);
}

SYSCALL_DEFINE(ftruncate, int, fd, s64, size)
{
	AUTO_FILE f = NULL;

	if (size < 0)
		return -EINVAL;
	f = fd_get(fd);
	return f == NULL ? -EBADF : file_truncate(f, size);
}

SYSCALL_DEFINE(fadvise64, int, fd, s64, UNUSED offset, s64, len, int, advice)
{
	AUTO_FILE f = fd_get(fd);

	if (f == NULL)
		return -EBADF;
	if (is_stream(f->inode))
		return -ESPIPE;
	if (len < 0 || advice < LINUX_POSIX_FADV_NORMAL || advice > LINUX_POSIX_FADV_NOREUSE)
		return -EINVAL;
	return 0;
}

SYSCALL_DEFINE(readahead, int, fd, s64, UNUSED offset, u64, UNUSED count)
{
	AUTO_FILE f = fd_get(fd);

	if (f == NULL || !(f->mode & FMODE_READ))
		return -EBADF;
	return LINUX_S_ISREG(f->inode->mode) || LINUX_S_ISBLK(f->inode->mode) ? 0 : -EINVAL;
}
