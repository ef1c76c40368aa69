/* eventfd and epoll. */
#include "abi/linux/fcntl.h"
#include "abi/linux/poll.h"
#include "abi/linux/time.h"
#include "kernel/mm/uaccess.h"
#include "kernel/obj/epoll.h"
#include "kernel/obj/eventfd.h"
#include "kernel/signal/signal.h"
#include "kernel/sys/syscall.h"
#include "kernel/sys/timeout.h"
#include "kernel/vfs/fdtable.h"

/* --- eventfd --- */

static s64 eventfd_make(u32 initial, u32 flags)
{
	struct file *f;
	int err;

	if (flags & ~(u32)(LINUX_EFD_CLOEXEC | LINUX_EFD_NONBLOCK | LINUX_EFD_SEMAPHORE))
		return -EINVAL;
	err = eventfd_create(initial, flags, &f);
	return err < 0 ? err : fd_install_new(f, flags & LINUX_EFD_CLOEXEC);
}

SYSCALL_DEFINE(eventfd, u32, initial)
{
	return eventfd_make(initial, 0);
}

SYSCALL_DEFINE(eventfd2, u32, initial, u32, flags)
{
	return eventfd_make(initial, flags);
}

/* --- epoll --- */

static s64 epoll_make(u32 flags)
{
	struct file *f;
	int err;

	if (flags & ~(u32)LINUX_EPOLL_CLOEXEC)
		return -EINVAL;
	err = epoll_create(&f);
	return err < 0 ? err : fd_install_new(f, flags);
}

SYSCALL_DEFINE(epoll_create, int, size)
{
	return size <= 0 ? -EINVAL : epoll_make(0);
}

SYSCALL_DEFINE(epoll_create1, int, flags)
{
	return epoll_make((u32)flags);
}

SYSCALL_DEFINE(epoll_ctl, int, epfd, int, op, int, fd, uaddr_t, event_addr)
{
	struct linux_epoll_event event = { 0 };
	AUTO_FILE epoll = NULL;
	AUTO_FILE target = NULL;

	if (op != LINUX_EPOLL_CTL_DEL && copy_in_struct(&event, event_addr) < 0)
		return -EFAULT;
	epoll = fd_get(epfd);
	if (epoll == NULL)
		return -EBADF;
	target = fd_get(fd);
	if (target == NULL)
		return -EBADF;
	event.events &= ~LINUX_EPOLLWAKEUP; /* Linux: dropped without CAP_BLOCK_SUSPEND */
	return epoll_control(epoll, op, fd, target,
			     op == LINUX_EPOLL_CTL_DEL ? NULL : &event);
}

static s64 epoll_collect(struct file *epoll, uaddr_t to, u32 max, u64 deadline)
{
	AUTO_KFREE struct linux_epoll_event *events = NULL;
	s64 n;

	max = MIN(max, epoll_count(epoll)); /* items added later stay ready */
	events = kzalloc(max * sizeof(struct linux_epoll_event));
	if (events == NULL)
		return -ENOMEM;
	n = epoll_wait_events(epoll, events, max, deadline);
	if (n > 0 && copy_out(to, events, (size_t)n * sizeof(events[0])) < 0)
		return -EFAULT;
	return n;
}

static s64 epoll_wait_for(int epfd, uaddr_t to, int max, u64 deadline)
{
	AUTO_FILE epoll = NULL;

	if (max <= 0 || (u64)max > INT32_MAX / sizeof(struct linux_epoll_event))
		return -EINVAL;
	if (!user_range_ok(to, (u64)max * sizeof(struct linux_epoll_event)))
		return -EFAULT;
	epoll = fd_get(epfd);
	if (epoll == NULL)
		return -EBADF;
	if (!file_is_epoll(epoll))
		return -EINVAL;
	return epoll_collect(epoll, to, (u32)max, deadline);
}

SYSCALL_DEFINE(epoll_wait, int, epfd, uaddr_t, to, int, max, int, timeout)
{
	return epoll_wait_for(epfd, to, max, deadline_from_ms(timeout));
}

/* With the signal mask exchanged for the time of the wait. */
static s64 epoll_wait_masked(int epfd, uaddr_t to, int max, u64 deadline, uaddr_t mask, u64 size)
{
	s64 n = signal_use_mask_user(mask, size);

	if (n < 0)
		return n;
	n = epoll_wait_for(epfd, to, max, deadline);
	if (n != -EINTR)
		signal_restore_mask();
	return n;
}

SYSCALL_DEFINE(epoll_pwait, int, epfd, uaddr_t, to, int, max, int, timeout, uaddr_t, mask, u64,
	       size)
{
	return epoll_wait_masked(epfd, to, max, deadline_from_ms(timeout), mask, size);
}

SYSCALL_DEFINE(epoll_pwait2, int, epfd, uaddr_t, to, int, max, uaddr_t, timeout, uaddr_t, mask,
	       u64, size)
{
	struct linux_timespec ts;
	u64 deadline = NO_DEADLINE;

	if (timeout != 0) {
		if (copy_in_struct(&ts, timeout) < 0)
			return -EFAULT;
		if (!timespec_ok(&ts))
			return -EINVAL;
		deadline = deadline_from_timespec(&ts);
	}
	return epoll_wait_masked(epfd, to, max, deadline, mask, size);
}
