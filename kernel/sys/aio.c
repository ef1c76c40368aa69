/*
 * Linux AIO: io_setup, io_submit, io_getevents and their relatives.
 *
 * OVERVIEW. io_submit does each request at once, as Linux does for files that are cached, and
 * queues its result as an event. Only IOCB_CMD_POLL leaves something behind: a wait.
 *
 * LINUX BEHAVIOUR. fs/aio.c: what is wrong with a request is io_submit's error when it is the
 * first one, and ends the list otherwise; what goes wrong in it is its event's result.
 *
 * NOT DONE. IOCB_CMD_POLL with an eventfd (EINVAL): its wait ends when events are asked for.
 * Priorities are ignored.
 */
#include "kernel/mm/uaccess.h"
#include "kernel/obj/aio.h"
#include "kernel/obj/eventfd.h"
#include "kernel/signal/signal.h"
#include "kernel/sys/file_transfer.h"
#include "kernel/sys/syscall.h"
#include "kernel/sys/timeout.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/namei.h"

#define COUNT_LIMIT 0x400000u /* Linux: more is EINVAL, before EAGAIN */
#define TAKE_MAX 16u

static inline void auto_context(struct aio_context **c)
{
	aio_put(*c);
}
#define AUTO_CONTEXT __attribute__((cleanup(auto_context))) struct aio_context *

SYSCALL_DEFINE(io_setup, u32, count, uaddr_t, id_addr)
{
	u64 old;
	uaddr_t id;
	int err;

	if (copy_in_struct(&old, id_addr) < 0)
		return -EFAULT;
	if (old != 0 || count == 0 || count > COUNT_LIMIT)
		return -EINVAL;
	err = aio_create(count, &id);
	if (err < 0)
		return err;
	if (copy_out_struct(id_addr, &id) == 0)
		return 0;
	err = aio_destroy(id);
	return err < 0 ? err : -EFAULT;
}

SYSCALL_DEFINE(io_destroy, u64, id)
{
	return aio_destroy(id);
}

/* --- requests --- */

static int do_transfer(struct file *f, const struct linux_iocb *iocb, s64 *ret)
{
	u16 op = iocb->aio_lio_opcode;
	const struct file_transfer t = {
		.write = op == LINUX_IOCB_CMD_PWRITE || op == LINUX_IOCB_CMD_PWRITEV,
		.vector = op == LINUX_IOCB_CMD_PREADV || op == LINUX_IOCB_CMD_PWRITEV,
		.buf = iocb->aio_buf,
		.size = iocb->aio_nbytes,
		.offset = iocb->aio_offset,
		.flags = iocb->aio_rw_flags,
	};

	if ((t.write ? (void *)f->ops->write : (void *)f->ops->read) == NULL &&
	    f->mode & (t.write ? FMODE_WRITE : FMODE_READ))
		return -EINVAL;
	return file_transfer(f, &t, ret);
}

static int do_request(struct file *f, const struct linux_iocb *iocb, s64 *ret)
{
	switch (iocb->aio_lio_opcode) {
	case LINUX_IOCB_CMD_PREAD:
	case LINUX_IOCB_CMD_PWRITE:
	case LINUX_IOCB_CMD_PREADV:
	case LINUX_IOCB_CMD_PWRITEV:
		return do_transfer(f, iocb, ret);
	case LINUX_IOCB_CMD_FSYNC:
	case LINUX_IOCB_CMD_FDSYNC:
		if (iocb->aio_buf != 0 || iocb->aio_offset != 0 || iocb->aio_nbytes != 0 ||
		    iocb->aio_rw_flags != 0 || f->ops->fsync == NULL)
			return -EINVAL;
		*ret = file_sync(f, iocb->aio_lio_opcode == LINUX_IOCB_CMD_FDSYNC);
		return 0;
	default:
		return -EINVAL;
	}
}

static int do_poll(struct aio_context *c, struct file *f, const struct linux_iocb *iocb,
		   uaddr_t addr)
{
	const struct linux_io_event event = { .data = iocb->aio_data, .obj = addr };

	if (iocb->aio_buf > 0xffff || iocb->aio_offset != 0 || iocb->aio_nbytes != 0 ||
	    iocb->aio_rw_flags != 0 || iocb->aio_flags & LINUX_IOCB_FLAG_RESFD)
		return -EINVAL;
	return aio_poll(c, f, (u32)iocb->aio_buf, &event);
}

/* A place for the event is reserved; it is used up when the value is 0. */
static int submit_reserved(struct aio_context *c, uaddr_t addr, const struct linux_iocb *iocb)
{
	AUTO_FILE f = fd_get((int)iocb->aio_fildes);
	AUTO_FILE signal = NULL;
	struct linux_io_event event = { .data = iocb->aio_data, .obj = addr };
	const u32 key = 0;
	int err;

	if (f == NULL)
		return -EBADF;
	if (iocb->aio_flags & LINUX_IOCB_FLAG_RESFD) {
		signal = fd_get((int)iocb->aio_resfd);
		if (signal == NULL)
			return -EBADF;
		if (!file_is_eventfd(signal))
			return -EINVAL;
	}
	if (copy_out_struct(addr + offsetof(struct linux_iocb, aio_key), &key) < 0)
		return -EFAULT;
	if (iocb->aio_lio_opcode == LINUX_IOCB_CMD_POLL)
		return do_poll(c, f, iocb, addr);
	err = do_request(f, iocb, &event.res);
	if (err < 0)
		return err;
	if (event.res == -ERESTARTSYS)
		event.res = -EINTR; /* Linux: a request cannot be begun again */
	aio_complete(c, &event);
	if (signal != NULL)
		eventfd_signal(signal);
	return 0;
}

static int submit_one(struct aio_context *c, uaddr_t addr)
{
	struct linux_iocb iocb;
	int err;

	if (copy_in_struct(&iocb, addr) < 0)
		return -EFAULT;
	if (iocb.aio_reserved2 != 0 || (s64)iocb.aio_nbytes < 0)
		return -EINVAL;
	err = aio_reserve(c);
	if (err < 0)
		return err;
	err = submit_reserved(c, addr, &iocb);
	if (err < 0)
		aio_unreserve(c);
	return err;
}

SYSCALL_DEFINE(io_submit, u64, id, s64, count, uaddr_t, list)
{
	AUTO_CONTEXT c = NULL;
	s64 done = 0;
	int err = 0;

	if (count < 0)
		return -EINVAL;
	c = aio_get(id);
	if (c == NULL)
		return -EINVAL;
	for (; done < count; done++) {
		uaddr_t addr;

		err = copy_in_struct(&addr, list + (u64)done * sizeof(addr)) < 0 ?
			      -EFAULT :
			      submit_one(c, addr);
		if (err < 0)
			break;
	}
	return done != 0 ? done : err;
}

/* Linux: what is complete, or was never there, is EINVAL; the event tells of the end. */
SYSCALL_DEFINE(io_cancel, u64, id, uaddr_t, addr, uaddr_t, UNUSED result)
{
	AUTO_CONTEXT c = NULL;
	u32 key;
	int err;

	if (copy_in_struct(&key, addr + offsetof(struct linux_iocb, aio_key)) < 0)
		return -EFAULT;
	c = aio_get(id);
	if (key != 0 || c == NULL)
		return -EINVAL;
	err = aio_cancel(c, addr);
	return err < 0 ? err : -EINPROGRESS;
}

/* --- events --- */

/* As many as there are, at most max: their count, or -EFAULT when none could be stored. */
static s64 take_events(struct aio_context *c, s64 max, uaddr_t to)
{
	struct linux_io_event events[TAKE_MAX];
	s64 done = 0;

	while (done < max) {
		u32 n = aio_take(c, events, (u32)MIN(max - done, (s64)TAKE_MAX));

		if (n == 0)
			break;
		if (copy_out(to + (u64)done * sizeof(events[0]), events,
			     n * sizeof(events[0])) < 0) {
			aio_untake(c, events, n);
			return done != 0 ? done : -EFAULT;
		}
		aio_taken(c, n);
		done += n;
	}
	return done;
}

static s64 get_events(u64 id, s64 min, s64 max, uaddr_t to, u64 deadline)
{
	AUTO_CONTEXT c = aio_get(id);
	s64 done = 0, n;
	int err = 0;

	if (c == NULL || min > max || min < 0)
		return -EINVAL;
	for (;;) {
		n = take_events(c, max - done, to + (u64)done * sizeof(struct linux_io_event));
		if (n < 0)
			return done != 0 ? done : n;
		done += n;
		if (done >= min || err < 0)
			break;
		err = aio_wait(c, deadline);
	}
	if (done != 0 || err == -ETIMEDOUT)
		return done;
	return err == -ERESTARTSYS ? -EINTR : err;
}

static int timeout_fetch(uaddr_t from, u64 *ret_deadline)
{
	struct linux_timespec ts;

	*ret_deadline = NO_DEADLINE;
	if (from == 0)
		return 0;
	if (copy_in_struct(&ts, from) < 0)
		return -EFAULT;
	/* Linux: what is not a time is none left. */
	*ret_deadline = timespec_ok(&ts) ? deadline_from_timespec(&ts) : 0;
	return 0;
}

SYSCALL_DEFINE(io_getevents, u64, id, s64, min, s64, max, uaddr_t, to, uaddr_t, timeout)
{
	u64 deadline;
	int err = timeout_fetch(timeout, &deadline);

	return err < 0 ? err : get_events(id, min, max, to, deadline);
}

SYSCALL_DEFINE(io_pgetevents, u64, id, s64, min, s64, max, uaddr_t, to, uaddr_t, timeout, uaddr_t,
	       mask_argument)
{
	struct {
		uaddr_t mask;
		u64 size;
	} m = { 0 };
	u64 deadline;
	s64 n = timeout_fetch(timeout, &deadline);

	if (n == 0 && mask_argument != 0 && copy_in_struct(&m, mask_argument) < 0)
		n = -EFAULT;
	if (n == 0)
		n = signal_use_mask_user(m.mask, m.size);
	if (n < 0)
		return n;
	n = get_events(id, min, max, to, deadline);
	if (n != -EINTR)
		signal_restore_mask();
	return n;
}
