/*
 * POSIX message queues.
 *
 * OVERVIEW. Arguments are fetched and checked here in Linux's order; the work is in
 * kernel/ipc. The C library takes the slash off a queue's name.
 */
#include "kernel/ipc/mqueue.h"

#include "abi/linux/fcntl.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/syscall.h"
#include "kernel/time/time.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/namei.h"

SYSCALL_DEFINE(mq_open, uaddr_t, uname, int, flags, u32, mode, uaddr_t, uattr)
{
	AUTO_KFREE char *name = NULL;
	struct linux_mq_attr attr;
	struct file *f;
	int err, fd;

	if (uattr != 0 && copy_in_struct(&attr, uattr) < 0)
		return -EFAULT;
	err = copy_in_path(uname, &name);
	if (err < 0)
		return err;
	fd = fd_reserve(0); /* before a queue is made for it */
	if (fd < 0)
		return fd;
	err = mqueue_open(name, (u32)flags, mode, uattr != 0 ? &attr : NULL, &f);
	if (err < 0) {
		fd_unreserve(fd);
		return err;
	}
	fd_install(fd, f, LINUX_O_CLOEXEC);
	return fd;
}

SYSCALL_DEFINE(mq_unlink, uaddr_t, uname)
{
	AUTO_KFREE char *name = NULL;
	int err = copy_in_path(uname, &name);

	return err < 0 ? err : mqueue_unlink(name);
}

/* mode: FMODE_* the descriptor must have. */
static struct file *mqueue_get(int fd, u32 mode)
{
	struct file *f = fd_get(fd);

	if (f != NULL && (!file_is_mqueue(f) || (f->mode & mode) != mode))
		file_put(TAKE(f));
	return f;
}

SYSCALL_DEFINE(mq_timedsend, int, fd, uaddr_t, text, u64, size, u32, priority, uaddr_t, timeout)
{
	AUTO_FILE f = NULL;
	u64 deadline;
	int err = time_deadline_at_user(timeout, LINUX_CLOCK_REALTIME, &deadline);

	if (err < 0)
		return err;
	if (priority >= LINUX_MQ_PRIO_MAX)
		return -EINVAL;
	f = mqueue_get(fd, FMODE_WRITE);
	return f == NULL ? -EBADF : mqueue_send(f, text, size, priority, deadline);
}

SYSCALL_DEFINE(mq_timedreceive, int, fd, uaddr_t, buf, u64, size, uaddr_t, priority, uaddr_t,
	       timeout)
{
	AUTO_FILE f = NULL;
	u64 deadline;
	int err = time_deadline_at_user(timeout, LINUX_CLOCK_REALTIME, &deadline);

	if (err < 0)
		return err;
	f = mqueue_get(fd, FMODE_READ);
	return f == NULL ? -EBADF : mqueue_receive(f, buf, size, priority, deadline);
}

SYSCALL_DEFINE(mq_notify, int, fd, uaddr_t, uevent)
{
	struct netlink_letter *letter = NULL;
	struct linux_sigevent event;
	AUTO_FILE f = NULL;
	int err = 0;

	if (uevent != 0) {
		if (copy_in_struct(&event, uevent) < 0)
			return -EFAULT;
		err = mqueue_event_check(&event, &letter);
	}
	if (err < 0)
		return err;
	f = mqueue_get(fd, 0);
	if (f == NULL) {
		netlink_letter_drop(letter);
		return -EBADF;
	}
	return mqueue_notify(f, uevent != 0 ? &event : NULL, letter);
}

SYSCALL_DEFINE(mq_getsetattr, int, fd, uaddr_t, unew, uaddr_t, uold)
{
	struct linux_mq_attr new = { 0 }, old = { 0 };
	AUTO_FILE f = NULL;
	struct mqueue *q;
	u32 flags;
	int err = 0;

	if (unew != 0 && copy_in_struct(&new, unew) < 0)
		return -EFAULT;
	if (new.mq_flags & ~(s64)LINUX_O_NONBLOCK)
		return -EINVAL;
	f = mqueue_get(fd, 0);
	if (f == NULL)
		return -EBADF;
	q = mqueue_of(f);
	flags = atomic_load(&f->flags);
	old.mq_flags = flags & LINUX_O_NONBLOCK;
	old.mq_maxmsg = (s64)q->max_count;
	old.mq_msgsize = (s64)q->max_size;
	old.mq_curmsgs = (s64)atomic_load(&q->count);
	if (unew != 0)
		err = file_set_flags(f, (flags & ~(u32)LINUX_O_NONBLOCK) | (u32)new.mq_flags);
	if (err == 0 && uold != 0 && copy_out_struct(uold, &old) < 0)
		err = -EFAULT;
	return err;
}
