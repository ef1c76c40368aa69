/* Interval timers and POSIX timers: arguments and results around kernel/time. */
#include "abi/linux/fcntl.h"
#include "abi/linux/signal.h"
#include "kernel/mm/uaccess.h"
#include "kernel/obj/timerfd.h"
#include "kernel/sys/syscall.h"
#include "kernel/time/posix_timer.h"
#include "kernel/time/time.h"
#include "kernel/time/timer.h"
#include "kernel/vfs/fdtable.h"

/* --- setitimer, getitimer, alarm --- */

static bool timeval_valid(const struct linux_timeval *tv)
{
	return tv->tv_sec >= 0 && tv->tv_usec >= 0 && tv->tv_usec < 1000000;
}

static struct linux_itimerval itimerval_from(u64 value, u64 interval)
{
	return (struct linux_itimerval){
		.it_interval = timeval_from_ns(interval),
		.it_value = timeval_from_ns(value),
	};
}

SYSCALL_DEFINE(getitimer, int, which, uaddr_t, ret)
{
	struct linux_itimerval now;
	u64 value, interval;

	if (which < LINUX_ITIMER_REAL || which > LINUX_ITIMER_PROF)
		return -EINVAL;
	itimer_get(which, &value, &interval);
	now = itimerval_from(value, interval);
	return copy_out_struct(ret, &now);
}

SYSCALL_DEFINE(setitimer, int, which, uaddr_t, new, uaddr_t, old)
{
	struct linux_itimerval it = { .it_value.tv_sec = 0 };
	u64 value, interval;
	int err;

	/* Linux: a NULL new value disarms (deprecated, but it does). */
	if (new != 0) {
		if (copy_in_struct(&it, new) < 0)
			return -EFAULT;
		if (!timeval_valid(&it.it_value) || !timeval_valid(&it.it_interval))
			return -EINVAL;
	}
	if (which < LINUX_ITIMER_REAL || which > LINUX_ITIMER_PROF)
		return -EINVAL;
	err = itimer_set(which, timeval_to_ns(&it.it_value), timeval_to_ns(&it.it_interval),
			 &value, &interval);
	if (err < 0)
		return err;
	it = itimerval_from(value, interval);
	if (old != 0 && copy_out_struct(old, &it) < 0)
		return -EFAULT;
	return 0;
}

SYSCALL_DEFINE(alarm, u32, seconds)
{
	u64 value, interval, left;
	int err = itimer_set(LINUX_ITIMER_REAL, seconds * NS_PER_SEC, 0, &value, &interval);

	if (err < 0)
		return err;
	/* Linux: rounded to the nearest second, but something left is not nothing. */
	left = (value + NS_PER_SEC / 2) / NS_PER_SEC;
	return (s64)(left == 0 && value != 0 ? 1 : left);
}

/* --- timer_create and its family --- */

SYSCALL_DEFINE(timer_create, int, clock, uaddr_t, uevent, uaddr_t, ret_id)
{
	struct linux_sigevent sev;
	s32 id;
	int err;

	if (uevent != 0 && copy_in_struct(&sev, uevent) < 0)
		return -EFAULT;
	err = posix_timer_create(clock, uevent != 0 ? &sev : NULL, &id);
	if (err < 0)
		return err;
	if (copy_out_struct(ret_id, &id) < 0) {
		(void)!posix_timer_delete(id);
		return -EFAULT;
	}
	return 0;
}

static struct linux_itimerspec itimerspec_from(u64 value, u64 interval)
{
	return (struct linux_itimerspec){
		.it_interval = timespec_from_ns(interval),
		.it_value = timespec_from_ns(value),
	};
}

SYSCALL_DEFINE(timer_settime, s32, id, int, flags, uaddr_t, new, uaddr_t, old)
{
	struct linux_itimerspec it;
	struct posix_timer *timer;
	u64 value, interval;
	int err;

	if (new == 0)
		return -EINVAL;
	if (copy_in_struct(&it, new) < 0)
		return -EFAULT;
	if (!timespec_valid(&it.it_value) || !timespec_valid(&it.it_interval))
		return -EINVAL;
	timer = posix_timer_find(id);
	if (timer == NULL)
		return -EINVAL;
	err = posix_timer_set(timer, flags & LINUX_TIMER_ABSTIME, timespec_to_ns(&it.it_value),
			      timespec_to_ns(&it.it_interval), &value, &interval);
	posix_timer_release(timer);
	if (err < 0)
		return err;
	it = itimerspec_from(value, interval);
	if (old != 0 && copy_out_struct(old, &it) < 0)
		return -EFAULT;
	return 0;
}

SYSCALL_DEFINE(timer_gettime, s32, id, uaddr_t, ret)
{
	struct posix_timer *timer = posix_timer_find(id);
	struct linux_itimerspec it;
	u64 value, interval;

	if (timer == NULL)
		return -EINVAL;
	posix_timer_read(timer, &value, &interval);
	posix_timer_release(timer);
	it = itimerspec_from(value, interval);
	return copy_out_struct(ret, &it);
}

SYSCALL_DEFINE(timer_getoverrun, s32, id)
{
	struct posix_timer *timer = posix_timer_find(id);
	s32 overrun;

	if (timer == NULL)
		return -EINVAL;
	overrun = atomic_load(&timer->overrun_last);
	posix_timer_release(timer);
	return overrun;
}

SYSCALL_DEFINE(timer_delete, s32, id)
{
	return posix_timer_delete(id);
}

/* --- timerfd --- */

SYSCALL_DEFINE(timerfd_create, int, clock, int, flags)
{
	struct file *f;
	int err;

	if (flags & ~(LINUX_TFD_NONBLOCK | LINUX_TFD_CLOEXEC))
		return -EINVAL;
	err = timerfd_create(clock, (u32)flags, &f);
	if (err < 0)
		return err;
	return fd_install_new(f, flags & LINUX_TFD_CLOEXEC ? LINUX_O_CLOEXEC : 0);
}

/* The timerfd behind fd, referenced. -EBADF, -EINVAL. */
static int timerfd_lookup(int fd, struct file **ret)
{
	struct file *f = fd_get(fd);

	if (f == NULL)
		return -EBADF;
	if (!file_is_timerfd(f)) {
		file_put(f);
		return -EINVAL;
	}
	*ret = f;
	return 0;
}

SYSCALL_DEFINE(timerfd_settime, int, fd, int, flags, uaddr_t, new, uaddr_t, old)
{
	struct linux_itimerspec it;
	u64 value, interval;
	AUTO_FILE f = NULL;
	int err;

	if (copy_in_struct(&it, new) < 0)
		return -EFAULT;
	if ((flags & ~(LINUX_TFD_TIMER_ABSTIME | LINUX_TFD_TIMER_CANCEL_ON_SET)) ||
	    !timespec_valid(&it.it_value) || !timespec_valid(&it.it_interval))
		return -EINVAL;
	err = timerfd_lookup(fd, &f);
	if (err < 0)
		return err;
	err = timerfd_set(f, flags & LINUX_TFD_TIMER_ABSTIME, timespec_to_ns(&it.it_value),
			  timespec_to_ns(&it.it_interval), &value, &interval);
	if (err < 0)
		return err;
	it = itimerspec_from(value, interval);
	if (old != 0 && copy_out_struct(old, &it) < 0)
		return -EFAULT;
	return 0;
}

SYSCALL_DEFINE(timerfd_gettime, int, fd, uaddr_t, ret)
{
	struct linux_itimerspec it;
	u64 value, interval;
	AUTO_FILE f = NULL;
	int err = timerfd_lookup(fd, &f);

	if (err < 0)
		return err;
	timerfd_get_time(f, &value, &interval);
	it = itimerspec_from(value, interval);
	return copy_out_struct(ret, &it);
}
