/*
 * The user's stdin, stdout and stderr as files.
 *
 * OVERVIEW. A stream is a host descriptor that every process of the sandbox has under the
 * same number: a terminal, pipe, socket, file or device of the user's. Reads and writes go
 * to the host at the descriptor's own position, which is shared with processes outside; so
 * `(nacre run head -1; cat) < file` goes on where head stopped reading. A file that is
 * opened again by its inode (/dev/stdin, /proc/self/fd/0) has a position of its own.
 *
 * LIFETIME. The inode owns the struct stream; the host descriptor is never closed, because
 * other processes of the sandbox and messages of the kernel may still use it.
 *
 * LINUX BEHAVIOUR. O_NONBLOCK is a property of our open file description, the host's is
 * left alone (the user's shell shares it): a non-blocking call asks first whether the
 * stream is ready, a blocking one waits even when the host's descriptor is non-blocking.
 *
 * NOT DONE. A reader outside sees the end of a pipe when the sandbox ends, not when the
 * last guest closes it. Which access the host's descriptor allows is not known before use,
 * so that re-opening stdin for writing fails at the write.
 */
#include "abi/linux/fcntl.h"
#include "abi/linux/ioctl.h"
#include "abi/linux/mman.h"
#include "abi/linux/poll.h"
#include "kernel/fs/host/hostfs.h"
#include "kernel/signal/signal.h"
#include "kernel/tty/tty.h"
#include "kernel/vfs/poll.h"
#include "lib/fmt.h"

#define PIPE_ATOMIC 4096u /* Linux: PIPE_BUF */

/* inode->private of a stream, of a terminal file->private only. */
struct stream {
	plat_fd_t reader, writer; /* I */
	bool terminal;     /* I */
	bool seekable;     /* I */
	u32 mode;          /* I: type of the host's file */
	u32 uses;          /* a */
	struct waitq wait; /* woken when the host says it is ready, and after each use */
	/* Of a terminal: there is one stream for all descriptors of the same. */
	struct host_terminal term;
	u64 host_rdev;       /* I */
	bool reads, writes;  /* I: there is a descriptor for that */
	struct inode *inode; /* I: its node in devpts, referenced */
	struct stream *next; /* I */
};

static struct stream *user_terminals; /* set while the sandbox has one process */

static const struct file_ops stream_ops, stream_own_ops;
static const struct inode_ops stream_inode_ops;

static struct stream *file_stream(const struct file *f)
{
	return f->private;
}

static u32 host_ready(plat_fd_t fd, u32 events)
{
	struct linux_pollfd p = { .fd = fd, .events = (s16)events };
	int n = plat_file_poll(&p, 1, 0);

	return n > 0 ? (u16)p.revents : 0;
}

/* Wait until the host says the descriptor is ready, though it is non-blocking itself. */
static int host_wait_ready(plat_fd_t fd, u32 events)
{
	struct linux_pollfd p = { .fd = fd, .events = (s16)events };
	int n = plat_file_poll(&p, 1, NO_DEADLINE);

	return n < 0 ? n : 0;
}

static void used(struct stream *s)
{
	atomic_add(&s->uses, 1);
	waitq_wake_all(&s->wait);
}

/* --- moving bytes --- */

/* offset -1: at the host's position. */
static s64 host_move(plat_fd_t fd, void *buf, size_t len, s64 offset, bool write)
{
	for (;;) {
		s64 n = write ? plat_file_write(fd, buf, len, offset) :
				plat_file_read(fd, buf, len, offset);

		if (n == -EAGAIN)
			n = host_wait_ready(fd, write ? LINUX_POLLOUT : LINUX_POLLIN);
		else
			return n == -EINTR ? -ERESTARTSYS : n;
		if (n < 0)
			return n == -EINTR ? -ERESTARTSYS : n;
	}
}

static bool own_position(const struct file *f, const u64 *pos)
{
	return file_stream(f)->seekable && (f->ops == &stream_own_ops || pos != &f->pos);
}

static s64 read_pieces(struct file *f, struct iter *to, u64 *pos)
{
	struct stream *s = file_stream(f);
	bool own = own_position(f, pos);
	s64 total = 0;

	while (to->count != 0) {
		void *piece;
		s64 len = iter_piece(to, RW_COUNT_MAX, &piece), n;

		if (len <= 0)
			return total != 0 ? total : len;
		if (!s->seekable && (total != 0 || (f->flags & LINUX_O_NONBLOCK)) &&
		    host_ready(s->reader, LINUX_POLLIN) == 0)
			return total != 0 ? total : -EAGAIN;
		n = host_move(s->reader, piece, (size_t)len, own ? (s64)*pos : -1, false);
		if (n <= 0)
			return total != 0 ? total : n;
		iter_advance(to, (size_t)n);
		total += n;
		if (own)
			*pos += (u64)n;
		if (n < len)
			break;
	}
	return total;
}

static s64 stream_read(struct file *f, struct iter *to, u64 *pos)
{
	struct stream *s = file_stream(f);
	s64 n = s->terminal ? user_tty_check(&s->term.tty, LINUX_SIGTTIN) : 0;

	if (n < 0)
		return n;
	n = read_pieces(f, to, pos);
	used(s);
	return n;
}

static s64 stream_error(s64 error)
{
	if (error == -EPIPE)
		signal_send_self(LINUX_SIGPIPE);
	return error;
}

/*
 * Linux: up to PIPE_BUF bytes go into a pipe in one piece, whatever vectors they come from.
 * Value as of stream_write; -EMSGSIZE when this is not such a write.
 */
static s64 write_small(struct file *f, struct iter *from)
{
	const struct stream *s = file_stream(f);
	AUTO_KFREE char *buf = NULL;
	s64 n;

	if (from->count > PIPE_ATOMIC || from->iov_count < 2 || s->seekable)
		return -EMSGSIZE;
	buf = kzalloc(from->count);
	if (buf == NULL)
		return -ENOMEM;
	n = iter_copy_from(from, buf, from->count);
	if (n <= 0)
		return n;
	if ((f->flags & LINUX_O_NONBLOCK) && host_ready(s->writer, LINUX_POLLOUT) == 0)
		return -EAGAIN;
	return stream_error(host_move(s->writer, buf, (size_t)n, -1, true));
}

/* Non-blocking: PIPE_BUF at a time, which a pipe that is ready takes without waiting. */
static s64 write_pieces(struct file *f, struct iter *from, u64 *pos)
{
	struct stream *s = file_stream(f);
	bool own = own_position(f, pos), nonblock = f->flags & LINUX_O_NONBLOCK && !s->seekable;
	s64 total = write_small(f, from);

	if (total != -EMSGSIZE)
		return total;
	total = 0;
	while (from->count != 0) {
		void *piece;
		s64 len = iter_piece(from, nonblock ? PIPE_ATOMIC : RW_COUNT_MAX, &piece), n;

		if (len <= 0)
			return total != 0 ? total : len;
		if (nonblock && host_ready(s->writer, LINUX_POLLOUT) == 0)
			return total != 0 ? total : -EAGAIN;
		n = host_move(s->writer, piece, (size_t)len, own ? (s64)*pos : -1, true);
		if (n < 0)
			return total != 0 ? total : stream_error(n);
		iter_advance(from, (size_t)n);
		total += n;
		if (own)
			*pos += (u64)n;
		if (n < len && !nonblock)
			break;
	}
	return total;
}

/* Only with TOSTOP set is it a matter of foreground or background. */
static int check_terminal_write(struct stream *s)
{
	if (!s->terminal || !tty_is_background(&s->term.tty) || !host_tty_stops_writes(s->writer))
		return 0;
	return tty_check_background(&s->term.tty, LINUX_SIGTTOU);
}

static s64 stream_write(struct file *f, struct iter *from, u64 *pos)
{
	struct stream *s = file_stream(f);
	s64 n = check_terminal_write(s);

	if (n < 0)
		return n;
	n = write_pieces(f, from, pos);
	used(s);
	return n;
}

static s64 stream_seek(struct file *f, s64 offset, int whence)
{
	s64 n;

	if (!file_stream(f)->seekable)
		return -ESPIPE;
	n = plat_file_seek(file_stream(f)->reader, offset, whence);
	return n;
}

static s64 stream_own_seek(struct file *f, s64 offset, int whence)
{
	struct linux_statx stx;
	int err = plat_file_fstatx(file_stream(f)->reader, &stx);

	return err < 0 ? err : file_seek_size(f, offset, whence, stx.stx_size);
}

/* --- the rest --- */

#define READ_EVENTS (LINUX_POLLIN | LINUX_POLLRDNORM | LINUX_POLLPRI | LINUX_POLLRDHUP)
#define WRITE_EVENTS (LINUX_POLLOUT | LINUX_POLLWRNORM)

/* What of events is there; for what is not, somebody who waits is woken when it is. */
static u32 poll_host(struct stream *s, plat_fd_t fd, u32 events, const struct poll_table *pt)
{
	u32 ready = host_ready(fd, events);

	if (pt != NULL && (events & ~ready) != 0 &&
	    !(ready & (LINUX_POLLERR | LINUX_POLLHUP | LINUX_POLLNVAL)))
		host_watch(fd, events & ~ready, &s->wait);
	return ready;
}

static u32 stream_poll(struct file *f, struct poll_table *pt)
{
	struct stream *s = file_stream(f);
	u32 ready = 0;

	if (s->seekable)
		return LINUX_POLLIN | LINUX_POLLRDNORM | LINUX_POLLOUT | LINUX_POLLWRNORM;
	poll_wait(pt, &s->wait);
	if (f->mode & FMODE_READ)
		ready |= poll_host(s, s->reader, READ_EVENTS, pt);
	if (f->mode & FMODE_WRITE)
		ready |= poll_host(s, s->writer, WRITE_EVENTS, pt);
	return ready;
}

static s64 stream_ioctl(struct file *f, u32 cmd, uaddr_t arg)
{
	struct stream *s = file_stream(f);
	plat_fd_t fd = f->mode & FMODE_READ ? s->reader : s->writer;

	if (s->terminal)
		return host_terminal_ioctl(&s->term, f, fd, cmd, arg);
	return host_stream_ioctl(fd, cmd, arg);
}

static int stream_map(struct file *f, const struct map_request *req)
{
	int flags = (req->shared ? LINUX_MAP_SHARED : LINUX_MAP_PRIVATE) | req->extra;

	if (!LINUX_S_ISREG(file_stream(f)->mode))
		return -ENODEV;
	return plat_map(req->addr, req->len, req->prot, flags, file_stream(f)->reader,
			req->offset);
}

static int stream_fsync(struct file *f, bool data_only)
{
	return plat_file_sync(file_stream(f)->writer, data_only);
}

static int stream_fallocate(struct file *f, int mode, u64 offset, u64 len)
{
	return plat_file_allocate(file_stream(f)->writer, mode, offset, len);
}

/* As the host's /proc shows it, as far as that can be told without asking. */
static int stream_describe(struct file *f, char *buf, size_t size)
{
	const struct stream *s = file_stream(f);
	struct linux_statx stx;
	int err = plat_file_fstatx(s->reader, &stx);

	if (err < 0)
		return err;
	if (LINUX_S_ISFIFO(s->mode))
		return fmt_print(buf, size, "pipe:[%lu]", (unsigned long)stx.stx_ino);
	if (LINUX_S_ISSOCK(s->mode))
		return fmt_print(buf, size, "socket:[%lu]", (unsigned long)stx.stx_ino);
	if (s->terminal)
		return fmt_print(buf, size, "/dev/pts/%u", DEV_MINOR(s->term.tty.rdev));
	if (LINUX_S_ISCHR(s->mode) && stx.stx_rdev_major == 1 && stx.stx_rdev_minor == 3)
		return fmt_print(buf, size, "/dev/null");
	return fmt_print(buf, size, "/host:[%lu]", (unsigned long)stx.stx_ino);
}

static struct linux_timespec stx_time(const struct linux_statx_timestamp *t)
{
	return (struct linux_timespec){ .tv_sec = t->tv_sec, .tv_nsec = t->tv_nsec };
}

static int stream_getattr(struct inode *inode, struct inode_attr *ret)
{
	const struct stream *s = inode->private;
	struct linux_statx stx;
	int err = plat_file_fstatx(s->reader, &stx);

	if (err < 0)
		return err;
	*ret = (struct inode_attr){
		.ino = stx.stx_ino,
		.size = stx.stx_size,
		.blocks = stx.stx_blocks,
		.dev = (u64)stx.stx_dev_major << 32 | stx.stx_dev_minor,
		.rdev = (u64)stx.stx_rdev_major << 32 | stx.stx_rdev_minor,
		.mode = stx.stx_mode,
		.uid = stx.stx_uid,
		.gid = stx.stx_gid,
		.nlink = stx.stx_nlink,
		.blksize = stx.stx_blksize,
		.atime = stx_time(&stx.stx_atime),
		.mtime = stx_time(&stx.stx_mtime),
		.ctime = stx_time(&stx.stx_ctime),
		.btime = stx_time(&stx.stx_btime),
	};
	return 0;
}

/* A new size for a redirected file; who owns the user's files is not the guest's to say. */
static int stream_setattr(struct inode *inode, const struct setattr *attr)
{
	const struct stream *s = inode->private;

	if (attr->valid & (SETATTR_MODE | SETATTR_UID | SETATTR_GID))
		return -EPERM;
	if (!(attr->valid & SETATTR_SIZE))
		return 0;
	return LINUX_S_ISREG(s->mode) ? plat_file_truncate(s->writer, attr->size) : -EINVAL;
}

/* Opened again by name: /dev/stdin, /proc/self/fd/N. */
static int stream_reopen(struct inode *inode, struct file *file)
{
	const struct stream *s = inode->private;

	if (LINUX_S_ISSOCK(s->mode))
		return -ENXIO;
	file->ops = LINUX_S_ISREG(s->mode) ? &stream_own_ops : &stream_ops;
	file->private = inode->private;
	if (s->seekable)
		file->mode |= FMODE_SEEK;
	return 0;
}

static void stream_evict(struct inode *inode)
{
	kfree(inode->private);
	inode->private = NULL;
}

static const struct inode_ops stream_inode_ops = {
	.getattr = stream_getattr,
	.setattr = stream_setattr,
	.open = stream_reopen,
	.evict = stream_evict,
};

#define STREAM_OPS(seek_op)                                                       \
	{                                                                         \
		.read = stream_read,                                              \
		.write = stream_write,                                            \
		.seek = seek_op,                                                  \
		.ioctl = stream_ioctl,                                            \
		.poll = stream_poll,                                              \
		.map = stream_map,                                                \
		.fsync = stream_fsync,                                            \
		.fallocate = stream_fallocate,                                    \
		.describe = stream_describe,                                      \
	}

static const struct file_ops stream_ops = STREAM_OPS(stream_seek);
static const struct file_ops stream_own_ops = STREAM_OPS(stream_own_seek);

/* --- terminals --- */

/* By its name in devpts, or as /dev/tty. */
static int terminal_open(struct tty *tty, struct file *file)
{
	file->ops = &stream_ops;
	file->private = container_of(tty, struct stream, term.tty);
	tty_open_controlling(tty, file);
	return 0;
}

/* user_terminals keeps a reference. */
static void terminal_destroy(UNUSED struct tty *tty)
{
}

static const struct tty_ops terminal_tty_ops = {
	.open = terminal_open,
	.destroy = terminal_destroy,
};

static int terminal_create(const struct linux_statx *stx, u64 rdev, struct stream **ret)
{
	struct stream *s = kzalloc(sizeof(*s));
	int err;

	if (s == NULL)
		return -ENOMEM;
	s->mode = LINUX_S_IFCHR;
	s->terminal = true;
	s->host_rdev = rdev;
	s->reader = s->writer = -1;
	waitq_init(&s->wait);
	tty_init_common(&s->term.tty, &terminal_tty_ops, 0);
	err = devpts_add_user(&s->term.tty, stx->stx_mode & 0777, stx->stx_uid, stx->stx_gid,
			      &s->inode);
	if (err < 0) {
		kfree(s);
		return err;
	}
	s->next = user_terminals;
	user_terminals = s;
	*ret = s;
	return 0;
}

/* One of several descriptors of a terminal: which of them reads and which writes. */
static void terminal_add(struct stream *s, plat_fd_t host_fd, u32 flags)
{
	u32 mode = flags & LINUX_O_ACCMODE;

	if (s->reader < 0 || (!s->reads && mode != LINUX_O_WRONLY))
		s->reader = host_fd;
	if (s->writer < 0 || (!s->writes && mode != LINUX_O_RDONLY))
		s->writer = host_fd;
	s->reads |= mode != LINUX_O_WRONLY;
	s->writes |= mode != LINUX_O_RDONLY;
}

static int terminal_stream_open(plat_fd_t host_fd, const struct linux_statx *stx, u32 flags,
				struct file **ret)
{
	u64 rdev = DEV(stx->stx_rdev_major, stx->stx_rdev_minor);
	struct stream *s = user_terminals;
	int err;

	while (s != NULL && s->host_rdev != rdev)
		s = s->next;
	if (s == NULL) {
		err = terminal_create(stx, rdev, &s);
		if (err < 0)
			return err;
	}
	terminal_add(s, host_fd, flags);
	user_tty_adopt(&s->term.tty);
	return inode_open(s->inode, flags | LINUX_O_NOCTTY, ret);
}

/* --- the user's descriptors --- */

static bool is_terminal(plat_fd_t fd)
{
	struct linux_termios t;

	return plat_file_ioctl(fd, LINUX_TCGETS, &t) == 0;
}

int host_stream_open(plat_fd_t host_fd, u32 flags, struct file **ret)
{
	struct stream *s;
	struct linux_statx stx;
	struct file *f;
	int err = plat_file_fstatx(host_fd, &stx);

	if (err < 0)
		return err;
	if (LINUX_S_ISCHR(stx.stx_mode) && is_terminal(host_fd))
		return terminal_stream_open(host_fd, &stx, flags, ret);
	s = kzalloc(sizeof(*s));
	if (s == NULL)
		return -ENOMEM;
	s->reader = s->writer = host_fd;
	s->mode = stx.stx_mode & LINUX_S_IFMT;
	waitq_init(&s->wait);
	s->seekable = !LINUX_S_ISFIFO(s->mode) && !LINUX_S_ISSOCK(s->mode) &&
		      plat_file_seek(host_fd, 0, LINUX_SEEK_CUR) >= 0;
	err = file_create_anon(&stream_ops, s, stx.stx_mode, flags, "stream", &f);
	if (err < 0) {
		kfree(s);
		return err;
	}
	f->inode->ops = &stream_inode_ops;
	f->inode->private = s;
	f->inode->rdev = DEV(stx.stx_rdev_major, stx.stx_rdev_minor);
	f->inode->uid = stx.stx_uid;
	f->inode->gid = stx.stx_gid;
	if (s->seekable)
		f->mode |= FMODE_SEEK;
	*ret = f;
	return 0;
}

bool host_stream_fd(const struct file *f, plat_fd_t *ret)
{
	if (f->ops != &stream_ops && f->ops != &stream_own_ops)
		return false;
	*ret = f->mode & FMODE_READ ? file_stream(f)->reader : file_stream(f)->writer;
	return true;
}

u32 host_stream_uses(const struct file *f)
{
	return atomic_load(&file_stream(f)->uses);
}
