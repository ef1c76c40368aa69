/*
 * Pipes and FIFOs.
 *
 * OVERVIEW. A pipe is a ring of slots, each a page of the shared heap with some bytes in it.
 * A writer fills up the last slot or takes the next free one; a reader empties slots from
 * the front. A packet (O_DIRECT) is a slot nobody adds to.
 *
 * LIFETIME. Both open ends refer to the pipe, a FIFO's inode does while anyone has it open:
 * the first opener makes the pipe, the last close frees it with what was left in it.
 *
 * LOCKING. pipe.lock covers everything in it. Like a file's pos_lock it is held while bytes
 * go to or come from guest memory: nothing on the way of a fault takes it. Of a FIFO,
 * inode.lock covers inode.object and the count of users. Waiting is done without locks.
 *
 * LINUX BEHAVIOUR. pipe(7), fifo(7): up to PIPE_BUF bytes are written in one piece; a
 * non-blocking write of more may be partial; writing without readers is SIGPIPE and EPIPE;
 * readers see the end when the last writer is gone; POLLOUT means a free slot.
 *
 * NOT DONE. /proc/sys/fs/pipe-user-pages-*: the only limit is pipe-max-size.
 */
#include "kernel/obj/pipe.h"

#include "abi/errno.h"
#include "abi/linux/capability.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/ioctl.h"
#include "abi/linux/poll.h"
#include "kernel/locks.h"
#include "kernel/mm/uaccess.h"
#include "kernel/signal/signal.h"
#include "kernel/task/task.h"
#include "kernel/vfs/iter.h"
#include "kernel/vfs/poll.h"
#include "lib/fmt.h"
#include "lib/string.h"

#define SLOT_SIZE 4096u /* Linux: PIPE_BUF is the same, so a small write fits one slot */
#define PIPE_ATOMIC 4096u
#define SLOTS_DEFAULT (PIPE_SIZE_DEFAULT / SLOT_SIZE)

struct slot {
	char *page;
	u32 start, len; /* bytes in use */
	bool packet;
};

struct pipe {
	struct lock lock;
	struct waitq readable, writable; /* somebody may read, write, or open */
	struct slot *slots;
	u32 slot_count;  /* a power of two */
	u32 head, used;  /* first slot in use, how many */
	char *spare;     /* a page kept for the next write */
	u32 readers, writers; /* open ends */
	u32 reader_opens, writer_opens; /* ever, so that fifo_open sees one that came and went */
	bool anonymous;  /* I: made by pipe(2): opening it again never waits */
	u32 users;       /* inode.lock of a FIFO: files and openers */
};

static const struct file_ops pipe_ops;

static struct pipe *file_pipe(const struct file *f)
{
	return f->private;
}

bool file_is_pipe(const struct file *f)
{
	return f->ops == &pipe_ops;
}

/* --- the ring, under pipe.lock --- */

static struct slot *slot_at(struct pipe *p, u32 index)
{
	return &p->slots[(p->head + index) & (p->slot_count - 1)];
}

static struct slot *slot_last(struct pipe *p)
{
	return p->used == 0 ? NULL : slot_at(p, p->used - 1);
}

static char *page_take(struct pipe *p)
{
	return p->spare != NULL ? TAKE(p->spare) : kzalloc(SLOT_SIZE);
}

static void page_give(struct pipe *p, char *page)
{
	if (p->spare == NULL)
		p->spare = page;
	else
		kfree(page);
}

static void slot_drop(struct pipe *p)
{
	page_give(p, p->slots[p->head].page);
	p->slots[p->head] = (struct slot){ 0 };
	p->head = (p->head + 1) & (p->slot_count - 1);
	p->used--;
}

static size_t ring_bytes(struct pipe *p)
{
	size_t bytes = 0;

	for (u32 i = 0; i < p->used; i++)
		bytes += slot_at(p, i)->len;
	return bytes;
}

/* Room to add to the last slot. */
static u32 room_in_last(struct pipe *p)
{
	struct slot *s = slot_last(p);

	return s == NULL || s->packet ? 0 : SLOT_SIZE - s->start - s->len;
}

/* --- life --- */

static struct pipe *pipe_alloc(void)
{
	struct pipe *p = kzalloc(sizeof(*p));

	if (p == NULL)
		return NULL;
	p->slots = kzalloc(SLOTS_DEFAULT * sizeof(struct slot));
	if (p->slots == NULL) {
		kfree(p);
		return NULL;
	}
	p->slot_count = SLOTS_DEFAULT;
	lock_rank(&p->lock, RANK_PIPE);
	waitq_init_io(&p->readable);
	waitq_init_io(&p->writable);
	return p;
}

static void pipe_free(struct pipe *p)
{
	while (p->used != 0)
		slot_drop(p);
	kfree(p->spare);
	kfree(p->slots);
	kfree(p);
}

/* A user of the inode's pipe is gone; the last one takes the pipe along. */
static void users_put(struct inode *inode, struct pipe *p)
{
	bool last;

	lock_acquire(&inode->lock);
	last = --p->users == 0;
	if (last)
		inode->object = NULL;
	lock_release(&inode->lock);
	if (last)
		pipe_free(p);
}

/* The pipe of a FIFO, made by the first user, with one more user. */
static struct pipe *users_get(struct inode *inode)
{
	struct pipe *p = NULL, *made = pipe_alloc();

	lock_acquire(&inode->lock);
	if (inode->object == NULL) {
		inode->object = made;
		made = NULL;
	}
	p = inode->object;
	if (p != NULL)
		p->users++;
	lock_release(&inode->lock);
	if (made != NULL)
		pipe_free(made);
	return p;
}

static void wake_both(struct pipe *p)
{
	waitq_wake(&p->readable, ~0u, LINUX_POLLIN | LINUX_POLLRDNORM | LINUX_POLLHUP);
	waitq_wake(&p->writable, ~0u, LINUX_POLLOUT | LINUX_POLLWRNORM | LINUX_POLLERR);
}

/*
 * The partners of an end that is opened are looked at under the same hold of the lock: one
 * that waits in open(2) may be gone with its file the moment it is woken.
 */
struct partners {
	bool present;
	u32 opens; /* so often had one opened before */
};

static struct partners partners_locked(const struct pipe *p, u32 mode)
{
	bool reads = mode & FMODE_READ;

	return (struct partners){ .present = (reads ? p->writers : p->readers) != 0,
				  .opens = reads ? p->writer_opens : p->reader_opens };
}

static void ends_add_locked(struct pipe *p, u32 mode, int by)
{
	if (mode & FMODE_READ) {
		p->readers += (u32)by;
		p->reader_opens += by > 0;
	}
	if (mode & FMODE_WRITE) {
		p->writers += (u32)by;
		p->writer_opens += by > 0;
	}
}

static struct partners ends_add(struct pipe *p, u32 mode, int by)
{
	struct partners them;

	lock_acquire(&p->lock);
	them = partners_locked(p, mode);
	ends_add_locked(p, mode, by);
	lock_release(&p->lock);
	wake_both(p);
	return them;
}

/*
 * An open that was interrupted takes its end back, unless somebody opened the other one
 * meanwhile: he has not waited, because of us, so neither have we. Value: whether it is back.
 */
static bool ends_take_back(struct pipe *p, u32 mode, const struct partners *them)
{
	bool alone;

	lock_acquire(&p->lock);
	alone = partners_locked(p, mode).opens == them->opens;
	if (alone)
		ends_add_locked(p, mode, -1);
	lock_release(&p->lock);
	if (alone)
		wake_both(p);
	return alone;
}

static void pipe_release(struct file *f)
{
	struct pipe *p = file_pipe(f);

	if (p == NULL)
		return;
	ends_add(p, f->mode & (FMODE_READ | FMODE_WRITE), -1);
	users_put(f->inode, p);
}

/* --- reading --- */

/* Move what the first slots have. Value: bytes, -EFAULT; 0 when the pipe is empty. */
static s64 ring_read(struct pipe *p, struct iter *to)
{
	s64 total = 0;

	while (p->used != 0 && to->count != 0) {
		struct slot *s = &p->slots[p->head];
		size_t want = MIN((size_t)s->len, to->count);
		s64 n = iter_copy_to(to, s->page + s->start, want);
		bool packet = s->packet;

		if (n < 0)
			return total != 0 ? total : n;
		total += n;
		s->start += (u32)n;
		s->len -= (u32)n;
		if (s->len == 0 || (packet && (size_t)n == want))
			slot_drop(p);
		if ((size_t)n < want || packet)
			break; /* Linux: a packet's rest is lost, and a read takes one packet */
	}
	return total;
}

/* One try; -EAGAIN: nothing there, but there may be. */
static s64 read_try(struct pipe *p, struct iter *to)
{
	bool was_full;
	s64 n;

	lock_acquire(&p->lock);
	was_full = p->used == p->slot_count;
	n = ring_read(p, to);
	if (n == 0 && p->used == 0 && p->writers != 0)
		n = -EAGAIN;
	was_full = was_full && p->used < p->slot_count;
	lock_release(&p->lock);
	if (was_full)
		waitq_wake(&p->writable, 1, LINUX_POLLOUT | LINUX_POLLWRNORM);
	return n;
}

static s64 pipe_read(struct file *f, struct iter *to, UNUSED u64 *pos)
{
	struct pipe *p = file_pipe(f);
	s64 n;
	int err;

	if (to->count == 0)
		return 0;
	n = read_try(p, to);
	if (n != -EAGAIN || file_no_wait(f, to))
		return n;
	err = WAIT_EVENT(&p->readable, NO_DEADLINE, (n = read_try(p, to)) != -EAGAIN);
	return err < 0 ? err : n;
}

/* --- writing --- */

/*
 * Fill the next free slot with up to a page from the cursor. Linux: all of it or, when there
 * is a fault on the way, nothing.
 */
static s64 slot_fill(struct pipe *p, struct iter *from, bool packet)
{
	struct slot *s = slot_at(p, p->used);
	size_t want = MIN(from->count, (size_t)SLOT_SIZE);
	char *page = page_take(p);
	s64 n;

	if (page == NULL)
		return -ENOMEM;
	n = iter_copy_from(from, page, want);
	if (n != (s64)want) {
		page_give(p, page);
		return -EFAULT;
	}
	*s = (struct slot){ .page = page, .len = (u32)n, .packet = packet };
	p->used++;
	return n;
}

static s64 last_fill(struct pipe *p, struct iter *from, u32 len)
{
	struct slot *s = slot_last(p);

	if (iter_copy_from(from, s->page + s->start + s->len, len) != (s64)len)
		return -EFAULT;
	s->len += len;
	return len;
}

/* Linux: the last slot is added to when the odd end of the write fits into it. */
static bool fits_last(struct pipe *p, size_t count, bool packet)
{
	size_t odd = count & (SLOT_SIZE - 1);

	return !packet && odd != 0 && odd <= room_in_last(p);
}

/*
 * Put in what fits now. first: nothing of this write is in yet. -EAGAIN: full; *total counts
 * what went in, whatever the value.
 */
static s64 ring_write(struct pipe *p, struct iter *from, bool packet, bool first, s64 *total)
{
	s64 n = 0;

	if (p->readers == 0)
		return -EPIPE;
	if (first && fits_last(p, from->count, packet)) {
		size_t odd = from->count & (SLOT_SIZE - 1);

		n = last_fill(p, from, (u32)odd);
		if (n < 0)
			return n;
		*total += n;
	}
	while (from->count != 0) {
		if (p->used == p->slot_count)
			return -EAGAIN;
		n = slot_fill(p, from, packet);
		if (n < 0)
			return n;
		*total += n;
	}
	return 0;
}

static s64 write_try(struct pipe *p, struct iter *from, bool packet, s64 *total)
{
	s64 before = *total, n;

	lock_acquire(&p->lock);
	n = ring_write(p, from, packet, before == 0, total);
	lock_release(&p->lock);
	if (*total != before)
		waitq_wake(&p->readable, 1, LINUX_POLLIN | LINUX_POLLRDNORM);
	return n;
}

static s64 pipe_write(struct file *f, struct iter *from, UNUSED u64 *pos)
{
	bool packet = f->flags & LINUX_O_DIRECT;
	struct pipe *p = file_pipe(f);
	s64 total = 0, n;

	if (from->count == 0)
		return 0;
	n = write_try(p, from, packet, &total);
	if (n == -EAGAIN && !file_no_wait(f, from)) {
		int err = WAIT_EVENT(&p->writable, NO_DEADLINE,
				     (n = write_try(p, from, packet, &total)) != -EAGAIN);

		if (err < 0)
			n = err;
	}
	if (n == -EPIPE)
		signal_send_self(LINUX_SIGPIPE);
	return total != 0 ? total : n;
}

/* --- asking --- */

static u32 pipe_poll(struct file *f, struct poll_table *pt)
{
	struct pipe *p = file_pipe(f);
	u32 ready = 0;

	if (f->mode & FMODE_READ)
		poll_wait(pt, &p->readable);
	if (f->mode & FMODE_WRITE)
		poll_wait(pt, &p->writable);
	lock_acquire(&p->lock);
	if (f->mode & FMODE_READ) {
		if (p->used != 0)
			ready |= LINUX_POLLIN | LINUX_POLLRDNORM;
		/* Linux: no hang-up before a writer came after this reader */
		if (p->writers == 0 && p->writer_opens != (u32)f->pos)
			ready |= LINUX_POLLHUP;
	}
	if (f->mode & FMODE_WRITE) {
		if (p->used < p->slot_count)
			ready |= LINUX_POLLOUT | LINUX_POLLWRNORM;
		if (p->readers == 0)
			ready |= LINUX_POLLERR;
	}
	lock_release(&p->lock);
	return ready;
}

static s64 pipe_ioctl(struct file *f, u32 cmd, uaddr_t arg)
{
	struct pipe *p = file_pipe(f);
	s32 bytes;

	if (cmd != LINUX_FIONREAD)
		return -ENOTTY;
	lock_acquire(&p->lock);
	bytes = (s32)ring_bytes(p);
	lock_release(&p->lock);
	return copy_out(arg, &bytes, sizeof(bytes));
}

static int pipe_describe(struct file *f, char *buf, size_t size)
{
	return fmt_print(buf, size, "pipe:[%lu]", (unsigned long)f->inode->ino);
}

s64 pipe_get_size(struct file *f)
{
	if (!file_is_pipe(f))
		return -EBADF;
	return (s64)file_pipe(f)->slot_count * SLOT_SIZE;
}

static int slots_resize(struct pipe *p, struct slot **slots, u32 count)
{
	struct slot *old = p->slots;

	if (count < p->used)
		return -EBUSY;
	for (u32 i = 0; i < p->used; i++)
		(*slots)[i] = *slot_at(p, i);
	p->slots = *slots;
	*slots = old;
	p->slot_count = count;
	p->head = 0;
	return 0;
}

s64 pipe_set_size(struct file *f, u64 size)
{
	AUTO_KFREE struct slot *slots = NULL;
	u32 count = 1;
	int err;

	if (!file_is_pipe(f))
		return -EBADF;
	if (size > (u64)1 << 31)
		return -EINVAL;
	while ((u64)count * SLOT_SIZE < size)
		count *= 2;
	if ((u64)count * SLOT_SIZE > PIPE_SIZE_MAX &&
	    (u64)count * SLOT_SIZE > (u64)pipe_get_size(f) && !vfs_capable(LINUX_CAP_SYS_RESOURCE))
		return -EPERM;
	slots = kzalloc(count * sizeof(struct slot));
	if (slots == NULL)
		return -ENOMEM;
	lock_acquire(&file_pipe(f)->lock);
	err = slots_resize(file_pipe(f), &slots, count);
	lock_release(&file_pipe(f)->lock);
	if (err < 0)
		return err;
	wake_both(file_pipe(f));
	return (s64)count * SLOT_SIZE;
}

static const struct file_ops pipe_ops = {
	.no_wait = true,
	.read = pipe_read,
	.write = pipe_write,
	.seek = file_seek_none,
	.ioctl = pipe_ioctl,
	.poll = pipe_poll,
	.release = pipe_release,
	.describe = pipe_describe,
	.async = true,
};

/* --- moving bytes from pipe to elsewhere without losing any --- */

s64 pipe_peek(struct file *f, void *buf, size_t len)
{
	struct pipe *p = file_pipe(f);
	size_t done = 0;
	s64 value;

	lock_acquire(&p->lock);
	for (u32 i = 0; i < p->used && done < len; i++) {
		const struct slot *s = slot_at(p, i);
		size_t n = MIN((size_t)s->len, len - done);

		memcpy((char *)buf + done, s->page + s->start, n);
		done += n;
	}
	value = p->used == 0 && p->writers != 0 ? -EAGAIN : (s64)done;
	lock_release(&p->lock);
	return value;
}

void pipe_consume(struct file *f, size_t len)
{
	struct pipe *p = file_pipe(f);

	lock_acquire(&p->lock);
	while (p->used != 0 && len != 0) {
		struct slot *s = &p->slots[p->head];
		size_t n = MIN((size_t)s->len, len);

		s->start += (u32)n;
		s->len -= (u32)n;
		len -= n;
		if (s->len == 0)
			slot_drop(p);
	}
	lock_release(&p->lock);
	waitq_wake(&p->writable, ~0u, LINUX_POLLOUT | LINUX_POLLWRNORM);
}

int pipe_wait_readable(struct file *f)
{
	struct pipe *p = file_pipe(f);

	return WAIT_EVENT(&p->readable, NO_DEADLINE,
			  atomic_load(&p->used) != 0 || atomic_load(&p->writers) == 0);
}

/* Is there a free slot, or nobody left to read? */
static bool has_room(const struct pipe *p, u32 *ret_slots)
{
	*ret_slots = atomic_load(&p->slot_count) - atomic_load(&p->used);
	return *ret_slots != 0 || atomic_load(&p->readers) == 0;
}

s64 pipe_wait_room(struct file *f, bool wait)
{
	struct pipe *p = file_pipe(f);
	u32 slots;
	int err;

	if (!has_room(p, &slots)) {
		if (!wait)
			return -EAGAIN;
		err = WAIT_EVENT(&p->writable, NO_DEADLINE, has_room(p, &slots));
		if (err < 0)
			return err;
	}
	/* without readers there may be no room: the write will tell */
	return MAX(slots, 1u) * (s64)SLOT_SIZE;
}

s64 pipe_write_part(struct file *f, struct iter *from, bool wait)
{
	s64 total = 0, n;

	do {
		n = pipe_wait_room(f, wait);
		if (n > 0)
			n = write_try(file_pipe(f), from, false, &total);
	} while (n == -EAGAIN && total == 0 && wait);
	if (n == -EPIPE)
		signal_send_self(LINUX_SIGPIPE);
	return total != 0 ? total : n;
}

/* --- opening --- */

/* An end that is opened again by its inode (/proc/self/fd/N) is a FIFO to open(2). */
static const struct inode_ops pipe_inode_ops = {
	.open = fifo_open,
	.setattr = inode_setattr_generic,
};

int pipe_create(u32 flags, struct file **ret_reader, struct file **ret_writer)
{
	struct pipe *p = pipe_alloc();
	struct file *reader, *writer;
	int err;

	if (p == NULL)
		return -ENFILE;
	err = file_create_anon(&pipe_ops, p, LINUX_S_IFIFO | 0600,
			       (flags & LINUX_O_NONBLOCK) | LINUX_O_RDONLY, "pipe:", &reader);
	if (err < 0) {
		pipe_free(p);
		return err;
	}
	err = file_create_anon(&pipe_ops, p, LINUX_S_IFIFO | 0600,
			       (flags & (LINUX_O_NONBLOCK | LINUX_O_DIRECT)) | LINUX_O_WRONLY,
			       "pipe:", &writer);
	if (err < 0) {
		reader->private = NULL;
		file_put(reader);
		pipe_free(p);
		return err;
	}
	inode_put(writer->inode); /* both ends are one inode */
	writer->inode = inode_get(reader->inode);
	reader->inode->ops = &pipe_inode_ops;
	reader->inode->object = p;
	p->anonymous = true;
	p->users = 2;
	p->readers = p->writers = 1;
	p->reader_opens = p->writer_opens = 1;
	*ret_reader = reader;
	*ret_writer = writer;
	return 0;
}

/* Linux: O_RDWR never waits; O_NONBLOCK without a reader is ENXIO for a writer. */
static int fifo_wait(struct file *f, struct pipe *p, const struct partners *them)
{
	bool reads = f->mode & FMODE_READ, writes = f->mode & FMODE_WRITE;
	u32 *others = reads ? &p->writers : &p->readers;
	u32 *opens = reads ? &p->writer_opens : &p->reader_opens;

	if (p->anonymous || (reads && writes) || them->present)
		return 0;
	if (f->flags & LINUX_O_NONBLOCK)
		return reads ? 0 : -ENXIO;
	return WAIT_EVENT(reads ? &p->writable : &p->readable, NO_DEADLINE,
			  atomic_load(others) != 0 || atomic_load(opens) != them->opens);
}

int fifo_open(struct inode *inode, struct file *file)
{
	u32 ends = file->mode & (FMODE_READ | FMODE_WRITE);
	struct pipe *p = users_get(inode);
	struct partners them;
	int err;

	if (p == NULL)
		return -ENOMEM;
	/* a non-blocking writer that finds no reader leaves no trace */
	if (ends == FMODE_WRITE && (file->flags & LINUX_O_NONBLOCK) &&
	    atomic_load(&p->readers) == 0 && !p->anonymous) {
		users_put(inode, p);
		return -ENXIO;
	}
	them = ends_add(p, ends, 1);
	err = fifo_wait(file, p, &them);
	if (err < 0 && ends_take_back(p, ends, &them)) {
		users_put(inode, p);
		return err;
	}
	file->ops = &pipe_ops;
	file->private = p;
	file->mode &= ~FMODE_SEEK;
	/* for pipe_poll(): a reader that did not wait for its first writer has not lost one */
	if (ends == FMODE_READ && (file->flags & LINUX_O_NONBLOCK) && !them.present)
		file->pos = them.opens;
	return 0;
}
