/*
 * eventfd: a 64-bit counter as a file.
 *
 * LOCKING. eventfd.lock covers the counter; never held over guest memory.
 *
 * LINUX BEHAVIOUR. eventfd(2), fs/eventfd.c.
 */
#include "kernel/obj/eventfd.h"

#include "abi/errno.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/poll.h"
#include "kernel/fs/proc/pseudo.h"
#include "kernel/locks.h"
#include "kernel/vfs/iter.h"
#include "kernel/vfs/poll.h"

#define COUNT_MAX (~(u64)0 - 1)

struct eventfd {
	struct lock lock;
	u64 count;
	bool semaphore; /* I */
	struct waitq readable, writable;
};

/* The value read; 0: there is none. */
static u64 count_take(struct eventfd *e)
{
	u64 value;

	lock_acquire(&e->lock);
	value = e->semaphore ? e->count != 0 : e->count;
	e->count -= value;
	lock_release(&e->lock);
	return value;
}

static s64 eventfd_read(struct file *f, struct iter *to, UNUSED u64 *pos)
{
	struct eventfd *e = f->private;
	u64 value;
	int err;

	if (to->count < sizeof(value))
		return -EINVAL;
	value = count_take(e);
	if (value == 0) {
		if (file_no_wait(f, to))
			return -EAGAIN;
		err = WAIT_EVENT(&e->readable, NO_DEADLINE, (value = count_take(e)) != 0);
		if (err < 0)
			return err;
	}
	waitq_wake(&e->writable, 1, LINUX_POLLOUT);
	/* Linux: what was read is lost when it cannot be stored */
	return iter_copy_to(to, &value, sizeof(value)) == sizeof(value) ? (s64)sizeof(value) :
									  -EFAULT;
}

static bool count_add(struct eventfd *e, u64 value)
{
	bool fits;

	lock_acquire(&e->lock);
	fits = e->count <= COUNT_MAX && value <= COUNT_MAX - e->count;
	if (fits)
		e->count += value;
	lock_release(&e->lock);
	return fits;
}

static s64 eventfd_write(struct file *f, struct iter *from, UNUSED u64 *pos)
{
	struct eventfd *e = f->private;
	u64 value;
	int err;

	if (from->count < sizeof(value))
		return -EINVAL;
	if (iter_copy_from(from, &value, sizeof(value)) != sizeof(value))
		return -EFAULT;
	if (value == ~(u64)0)
		return -EINVAL;
	if (!count_add(e, value)) {
		if (file_no_wait(f, from))
			return -EAGAIN;
		err = WAIT_EVENT(&e->writable, NO_DEADLINE, count_add(e, value));
		if (err < 0)
			return err;
	}
	waitq_wake(&e->readable, 1, LINUX_POLLIN);
	return sizeof(value);
}

static u32 eventfd_poll(struct file *f, struct poll_table *pt)
{
	struct eventfd *e = f->private;
	u32 ready = 0;

	poll_wait(pt, &e->readable);
	poll_wait(pt, &e->writable);
	lock_acquire(&e->lock);
	if (e->count != 0)
		ready |= LINUX_POLLIN | LINUX_POLLRDNORM;
	if (e->count > COUNT_MAX)
		ready |= LINUX_POLLERR;
	if (e->count < COUNT_MAX)
		ready |= LINUX_POLLOUT | LINUX_POLLWRNORM;
	lock_release(&e->lock);
	return ready;
}

/* Linux: noop_llseek. */
static s64 eventfd_seek(UNUSED struct file *f, UNUSED s64 offset, UNUSED int whence)
{
	return 0;
}

static void eventfd_release(struct file *f)
{
	kfree(f->private);
}

static void eventfd_info(struct file *f, struct seq *s)
{
	struct eventfd *e = f->private;

	lock_acquire(&e->lock);
	u64 count = e->count;

	lock_release(&e->lock);
	seq_print(s, "eventfd-count: %16lx\neventfd-id: %lu\neventfd-semaphore: %d\n",
		  (unsigned long)count, (unsigned long)f->inode->ino, e->semaphore);
}

static const struct file_ops eventfd_ops = {
	.info = eventfd_info,
	.no_wait = true,
	.read = eventfd_read,
	.write = eventfd_write,
	.seek = eventfd_seek,
	.poll = eventfd_poll,
	.release = eventfd_release,
};

bool file_is_eventfd(const struct file *f)
{
	return f->ops == &eventfd_ops;
}

/* Linux: eventfd_signal(): what write(2) never makes full, this overflows, for poll to tell. */
void eventfd_signal(struct file *f)
{
	struct eventfd *e = f->private;

	lock_acquire(&e->lock);
	if (e->count <= COUNT_MAX)
		e->count++;
	lock_release(&e->lock);
	waitq_wake(&e->readable, 1, LINUX_POLLIN | LINUX_POLLERR);
}

int eventfd_create(u32 initial, u32 flags, struct file **ret)
{
	struct eventfd *e = kzalloc(sizeof(*e));
	int err;

	if (e == NULL)
		return -ENOMEM;
	e->count = initial;
	e->semaphore = flags & LINUX_EFD_SEMAPHORE;
	lock_rank(&e->lock, RANK_EVENTFD);
	waitq_init(&e->readable);
	waitq_init(&e->writable);
	err = file_create_anon(&eventfd_ops, e, 0600,
			       LINUX_O_RDWR | (flags & LINUX_EFD_NONBLOCK), "anon_inode:[eventfd]",
			       ret);
	if (err < 0)
		kfree(e);
	return err;
}
