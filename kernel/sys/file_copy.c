/*
 * From file to file inside the kernel: sendfile, copy_file_range, splice, tee, vmsplice.
 *
 * OVERVIEW. Bytes go through a buffer of the kernel. From a source with positions they are
 * read at a place that only advances by what was written; from a pipe they are looked at
 * first and taken when they have been written: nothing is lost when the writing side fails.
 *
 * NOT DONE. Pages are copied, never moved. Two readers of one pipe at the same time, one of
 * them splicing, may both get the same bytes.
 */
#include "abi/linux/fcntl.h"
#include "abi/linux/poll.h"
#include "kernel/mm/uaccess.h"
#include "kernel/obj/pipe.h"
#include "kernel/sys/syscall.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/iter.h"
#include "kernel/vfs/namei.h"
#include "kernel/vfs/poll.h"

#define CHUNK 65536u

/* One side of a copy. */
struct end {
	struct file *file;
	bool own; /* at the file's own position, which is moved in the end */
	u64 pos;
};

static int end_init(struct end *e, struct file *f, bool own, u64 pos)
{
	s64 at;

	*e = (struct end){ .file = f, .own = own, .pos = pos };
	if (!own || !(f->mode & FMODE_SEEK))
		return 0;
	at = file_seek(f, 0, LINUX_SEEK_CUR);
	if (at < 0)
		return (int)at;
	e->pos = (u64)at;
	return 0;
}

static void end_done(const struct end *e)
{
	if (e->own && e->file->mode & FMODE_SEEK &&
	    file_seek(e->file, (s64)e->pos, LINUX_SEEK_SET) < 0)
		return; /* a position that was just valid */
}

static s64 end_write(struct end *e, const void *buf, size_t len)
{
	struct iter it;

	iter_init_kernel(&it, buf, len);
	if (e->file->mode & FMODE_SEEK)
		return file_write(e->file, &it, &e->pos);
	return file_write_pos(e->file, &it);
}

/* Write all of buf, or as much as goes. Bytes, or the error when none went. */
static s64 end_write_all(struct end *e, const char *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		s64 n = end_write(e, buf + done, len - done);

		if (n <= 0)
			return done != 0 ? (s64)done : n;
		done += (size_t)n;
	}
	return (s64)done;
}

/* From a source with positions. Bytes, or the error when there were none. */
static s64 copy_from_place(struct end *in, struct end *out, u64 count)
{
	AUTO_KFREE char *buf = kzalloc(MIN(count, (u64)CHUNK) + 1);
	u64 total = 0;
	s64 n = 0;

	if (buf == NULL)
		return -ENOMEM;
	while (total < count) {
		u64 pos = in->pos;
		struct iter it;
		s64 got;

		iter_init_kernel(&it, buf, MIN(count - total, (u64)CHUNK));
		got = file_read(in->file, &it, &pos);
		n = got <= 0 ? got : end_write_all(out, buf, (size_t)got);
		if (n <= 0)
			break;
		in->pos += (u64)n;
		total += (u64)n;
		if (n < got || signal_pending())
			break;
	}
	end_done(in);
	end_done(out);
	return total != 0 ? (s64)total : n;
}

/* Linux: these have splice operations; directories, counters, timers and the like do not. */
static bool moves_bytes(const struct file *f)
{
	u32 type = f->inode->mode & LINUX_S_IFMT;

	return type != 0 && type != LINUX_S_IFDIR;
}

/* --- sendfile --- */

SYSCALL_DEFINE(sendfile, int, out_fd, int, in_fd, uaddr_t, offset_addr, u64, count)
{
	AUTO_FILE in = fd_get(in_fd);
	AUTO_FILE out = NULL;
	struct end from, to;
	s64 offset = 0, n;

	if (offset_addr != 0 && copy_in(&offset, offset_addr, sizeof(offset)) < 0)
		return -EFAULT;
	if (in == NULL || !(in->mode & FMODE_READ))
		return -EBADF;
	out = fd_get(out_fd);
	if (out == NULL || !(out->mode & FMODE_WRITE))
		return -EBADF;
	if (!(in->mode & FMODE_SEEK))
		return offset_addr != 0 ? -ESPIPE : -EINVAL;
	if (offset < 0 || !moves_bytes(in) || !moves_bytes(out) || out->flags & LINUX_O_APPEND)
		return -EINVAL;
	n = end_init(&from, in, offset_addr == 0, (u64)offset);
	if (n == 0)
		n = end_init(&to, out, true, 0);
	if (n < 0)
		return n;
	n = copy_from_place(&from, &to, MIN(count, (u64)RW_COUNT_MAX));
	if (n >= 0 && offset_addr != 0 && copy_out(offset_addr, &from.pos, sizeof(u64)) < 0)
		return -EFAULT;
	return n;
}

/* --- copy_file_range --- */

/* What is mounted nowhere holds a memory file; on Linux one file system has them all. */
static bool same_file_system(struct super *a, struct super *b)
{
	return a == b || (a->type == b->type && atomic_load(&a->active) == 0 &&
			  atomic_load(&b->active) == 0);
}

/*
 * Linux: vfs_copy_file_range(). Between file systems it is left to the caller, for not every
 * file says truly how long it is.
 */
static int copy_range_check(const struct file *in, const struct file *out)
{
	if (inode_is_dir(in->inode) || inode_is_dir(out->inode))
		return -EISDIR;
	if (!LINUX_S_ISREG(in->inode->mode) || !LINUX_S_ISREG(out->inode->mode))
		return -EINVAL;
	if (!(in->mode & FMODE_READ) || !(out->mode & FMODE_WRITE) ||
	    out->flags & LINUX_O_APPEND)
		return -EBADF;
	return same_file_system(in->inode->sb, out->inode->sb) ? 0 : -EXDEV;
}

static bool ranges_overlap(const struct end *a, const struct end *b, u64 len)
{
	return a->file->inode == b->file->inode && a->pos < b->pos + len &&
	       b->pos < a->pos + len;
}

/* Linux: what lies beyond the end of the source is not copied, so it does not overlap. */
static u64 cut_to_size(const struct end *in, u64 len)
{
	struct inode_attr a;

	if (inode_getattr(in->file->inode, &a) < 0)
		return len;
	return in->pos >= a.size ? 0 : MIN(len, a.size - in->pos);
}

static s64 copy_range(struct end *in, struct end *out, u64 len)
{
	len = MIN(len, (u64)RW_COUNT_MAX);
	if (out->pos == INT64_MAX)
		return -EFBIG;
	if ((s64)(in->pos + len) < 0 || (s64)(out->pos + len) < 0)
		return -EOVERFLOW;
	len = cut_to_size(in, len);
	if (ranges_overlap(in, out, len))
		return -EINVAL;
	return len == 0 ? 0 : copy_from_place(in, out, len);
}

static int place_fetch(uaddr_t from, s64 *ret)
{
	*ret = 0;
	if (from != 0 && copy_in(ret, from, sizeof(*ret)) < 0)
		return -EFAULT;
	return 0;
}

SYSCALL_DEFINE(copy_file_range, int, in_fd, uaddr_t, in_addr, int, out_fd, uaddr_t, out_addr,
	       u64, len, u32, flags)
{
	AUTO_FILE in = fd_get(in_fd);
	AUTO_FILE out = fd_get(out_fd);
	struct end from, to;
	s64 in_pos, out_pos, n;

	if (in == NULL || out == NULL)
		return -EBADF;
	if (place_fetch(in_addr, &in_pos) < 0 || place_fetch(out_addr, &out_pos) < 0)
		return -EFAULT;
	if (flags != 0)
		return -EINVAL;
	n = copy_range_check(in, out);
	if (n == 0 && ((u64)in_pos + len < len || (u64)out_pos + len < len))
		n = -EOVERFLOW;
	if (n == 0 && (in_pos < 0 || out_pos < 0))
		n = -EINVAL;
	if (n == 0)
		n = end_init(&from, in, in_addr == 0, (u64)in_pos);
	if (n == 0)
		n = end_init(&to, out, out_addr == 0, (u64)out_pos);
	if (n == 0)
		n = copy_range(&from, &to, len);
	if (n <= 0)
		return n;
	if (in_addr != 0 && copy_out(in_addr, &from.pos, sizeof(u64)) < 0)
		return -EFAULT;
	if (out_addr != 0 && copy_out(out_addr, &to.pos, sizeof(u64)) < 0)
		return -EFAULT;
	return n;
}

/* --- pipes --- */

static bool may_wait(const struct file *pipe, u32 flags)
{
	return !(flags & LINUX_SPLICE_F_NONBLOCK) && !(pipe->flags & LINUX_O_NONBLOCK);
}

/* What is in the pipe now, at most a chunk; waits for the first byte if it may. */
static s64 pipe_look(struct file *pipe, char *buf, size_t len, u32 flags)
{
	for (;;) {
		s64 n = pipe_peek(pipe, buf, len);
		int err;

		if (n != -EAGAIN || !may_wait(pipe, flags))
			return n;
		err = pipe_wait_readable(pipe);
		if (err < 0)
			return err;
	}
}

static s64 copy_from_pipe(struct file *pipe, struct end *out, u64 count, u32 flags, bool take)
{
	AUTO_KFREE char *buf = kzalloc(CHUNK);
	s64 n;

	if (buf == NULL)
		return -ENOMEM;
	n = file_is_pipe(out->file) ? pipe_wait_room(out->file, may_wait(out->file, flags)) :
				      (s64)CHUNK;
	if (n > 0)
		n = pipe_look(pipe, buf, MIN(MIN(count, (u64)n), (u64)CHUNK), flags);
	if (n > 0)
		n = end_write(out, buf, (size_t)n);
	if (n > 0 && take)
		pipe_consume(pipe, (size_t)n);
	if (n > 0)
		end_done(out);
	return n;
}

/* Into a pipe only what it has room for: who reads it may be the caller itself. */
static s64 copy_to_pipe(struct end *in, struct file *pipe, u64 count, u32 flags)
{
	struct end out = { .file = pipe };
	AUTO_KFREE char *buf = kzalloc(CHUNK);
	struct iter it;
	u64 pos = in->pos;
	s64 n = pipe_wait_room(pipe, may_wait(pipe, flags));

	if (buf == NULL)
		return -ENOMEM;
	if (n >= 0 && flags & LINUX_SPLICE_F_NONBLOCK && LINUX_S_ISSOCK(in->file->inode->mode) &&
	    !(file_poll(in->file, NULL) & (LINUX_POLLIN | LINUX_POLLERR | LINUX_POLLHUP)))
		n = -EAGAIN;
	if (n < 0)
		return n;
	iter_init_kernel(&it, buf, MIN(MIN(count, (u64)n), (u64)CHUNK));
	n = in->file->mode & FMODE_SEEK ? file_read(in->file, &it, &pos) :
					  file_read_pos(in->file, &it);
	if (n > 0)
		n = end_write_all(&out, buf, (size_t)n);
	if (n > 0) {
		in->pos += (u64)n;
		end_done(in);
	}
	return n;
}

static int splice_end(struct end *e, struct file *f, uaddr_t offset_addr)
{
	s64 offset;

	if (place_fetch(offset_addr, &offset) < 0)
		return -EFAULT;
	if (offset_addr != 0 && !(f->mode & FMODE_SEEK))
		return file_is_pipe(f) ? -ESPIPE : -EINVAL;
	if (offset < 0)
		return -EINVAL;
	return end_init(e, f, offset_addr == 0, (u64)offset);
}

static s64 splice(struct end *in, struct end *out, u64 len, u32 flags)
{
	if (file_is_pipe(in->file) && file_is_pipe(out->file) &&
	    in->file->inode == out->file->inode)
		return -EINVAL;
	if (!moves_bytes(in->file) || !moves_bytes(out->file))
		return -EINVAL;
	if (file_is_pipe(in->file))
		return out->file->flags & LINUX_O_APPEND ?
			       -EINVAL : copy_from_pipe(in->file, out, len, flags, true);
	if (file_is_pipe(out->file))
		return copy_to_pipe(in, out->file, len, flags);
	return -EINVAL;
}

#define SPLICE_FLAGS                                                              \
	(LINUX_SPLICE_F_MOVE | LINUX_SPLICE_F_NONBLOCK | LINUX_SPLICE_F_MORE |     \
	 LINUX_SPLICE_F_GIFT)

SYSCALL_DEFINE(splice, int, in_fd, uaddr_t, in_addr, int, out_fd, uaddr_t, out_addr, u64, len,
	       u32, flags)
{
	AUTO_FILE in = NULL;
	AUTO_FILE out = NULL;
	struct end from, to;
	s64 n;

	if (len == 0)
		return 0;
	if (flags & ~(u32)SPLICE_FLAGS)
		return -EINVAL;
	in = fd_get(in_fd);
	out = fd_get(out_fd);
	if (in == NULL || out == NULL || !(in->mode & FMODE_READ) || !(out->mode & FMODE_WRITE))
		return -EBADF;
	n = splice_end(&from, in, in_addr);
	if (n == 0)
		n = splice_end(&to, out, out_addr);
	if (n < 0)
		return n;
	n = splice(&from, &to, MIN(len, (u64)RW_COUNT_MAX), flags);
	if (n <= 0)
		return n;
	if (in_addr != 0 && copy_out(in_addr, &from.pos, sizeof(u64)) < 0)
		return -EFAULT;
	if (out_addr != 0 && copy_out(out_addr, &to.pos, sizeof(u64)) < 0)
		return -EFAULT;
	return n;
}

SYSCALL_DEFINE(tee, int, in_fd, int, out_fd, u64, len, u32, flags)
{
	AUTO_FILE in = NULL;
	AUTO_FILE out = NULL;
	struct end to = { 0 };

	if (flags & ~(u32)SPLICE_FLAGS)
		return -EINVAL;
	if (len == 0)
		return 0;
	in = fd_get(in_fd);
	out = fd_get(out_fd);
	if (in == NULL || out == NULL || !(in->mode & FMODE_READ) || !(out->mode & FMODE_WRITE))
		return -EBADF;
	if (!file_is_pipe(in) || !file_is_pipe(out) || in->inode == out->inode)
		return -EINVAL;
	to.file = out;
	return copy_from_pipe(in, &to, len, flags, false);
}
