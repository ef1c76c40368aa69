/*
 * timerfd: a timer as a file.
 *
 * OVERVIEW. Expirations are counted when somebody looks (read, poll, gettime); the timer
 * queue only wakes those who wait. After an expiry a periodic timer is not armed again until
 * it has been read, as on Linux, so an unread one costs nothing.
 *
 * LOCKING. All of it under timers_lock; legend: t.
 *
 * LINUX BEHAVIOUR. timerfd_create(2), fs/timerfd.c. TFD_TIMER_CANCEL_ON_SET is accepted: the
 * guest cannot set the clock, and a change by the host's owner is not noticed.
 */
#include "kernel/obj/timerfd.h"

#include "abi/errno.h"
#include "abi/linux/capability.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/poll.h"
#include "kernel/fs/proc/pseudo.h"
#include "kernel/task/task.h"
#include "kernel/time/time.h"
#include "kernel/time/timer.h"
#include "kernel/vfs/iter.h"
#include "kernel/vfs/poll.h"

struct timerfd {
	struct ref ref;      /* the file's, and one while the timer fires */
	int clock;           /* I */
	struct ktimer timer; /* t */
	u64 expires;         /* t: ns of the clock, 0: disarmed */
	u64 interval;        /* t */
	bool expired;        /* t: once, and not read since */
	bool absolute;       /* t: as it was set last */
	struct waitq wait;
};

static struct timerfd *timerfd_of(struct ktimer *t)
{
	return container_of(t, struct timerfd, timer);
}

static void timerfd_release_ref(struct timerfd *tfd)
{
	if (ref_put(&tfd->ref))
		kfree(tfd);
}

void timerfd_get(struct ktimer *t)
{
	ref_get(&timerfd_of(t)->ref);
}

void timerfd_put(struct ktimer *t)
{
	timerfd_release_ref(timerfd_of(t));
}

static u64 now_of(const struct timerfd *tfd)
{
	u64 now = 0;

	(void)!clock_read(tfd->clock, &now); /* the clock was checked at creation */
	return now;
}

/* Note an expiry that has come to pass. */
static void update_locked(struct timerfd *tfd, u64 here)
{
	if (tfd->expires != 0 && tfd->expires <= here)
		tfd->expired = true;
}

static bool arm_locked(struct timerfd *tfd)
{
	return ktimer_arm_locked(&tfd->timer, current()->process,
				 clock_to_monotonic(tfd->clock, tfd->expires));
}

void timerfd_fire(struct ktimer *t, UNUSED u64 now)
{
	struct timerfd *tfd = timerfd_of(t);
	u64 here = now_of(tfd);
	bool expired;

	timers_lock();
	update_locked(tfd, here);
	expired = tfd->expired;
	/* The wall clock was set back: wait on. */
	if (!expired && tfd->expires != 0 && !t->queued)
		(void)!arm_locked(tfd);
	timers_unlock();
	if (expired)
		waitq_wake(&tfd->wait, ~0u, LINUX_POLLIN);
}

/* Expirations that were not read. */
static u64 ticks_locked(const struct timerfd *tfd, u64 here)
{
	if (!tfd->expired)
		return 0;
	if (tfd->interval == 0 || here < tfd->expires)
		return 1;
	return (here - tfd->expires) / tfd->interval + 1;
}

/* Take the number of expirations, arming a periodic timer for its next. 0: none yet. */
static u64 take(struct timerfd *tfd)
{
	struct process *p = current()->process;
	u64 here = now_of(tfd), count = 0;
	bool wake = false;

	timers_lock();
	update_locked(tfd, here);
	if (tfd->expired) {
		count = ticks_locked(tfd, here);
		tfd->expired = false;
		ktimer_disarm_locked(&tfd->timer);
		if (tfd->interval == 0) {
			tfd->expires = 0;
		} else {
			tfd->expires = time_add(tfd->expires, count * tfd->interval);
			wake = arm_locked(tfd);
		}
	}
	timers_unlock();
	if (wake)
		timer_helper_wake(p);
	return count;
}

static s64 timerfd_read(struct file *f, struct iter *to, UNUSED u64 *pos)
{
	struct timerfd *tfd = f->private;
	u64 count;
	int err;

	if (to->count < sizeof(count))
		return -EINVAL;
	err = timer_helper_start();
	if (err < 0)
		return err;
	count = take(tfd);
	if (count == 0) {
		if (f->flags & LINUX_O_NONBLOCK)
			return -EAGAIN;
		ktimer_adopt(&tfd->timer);
		err = WAIT_EVENT(&tfd->wait, NO_DEADLINE, (count = take(tfd)) != 0);
		if (err < 0)
			return err;
	}
	return iter_copy_to(to, &count, sizeof(count)) == sizeof(count) ? (s64)sizeof(count) :
									  -EFAULT;
}

static u32 timerfd_poll(struct file *f, struct poll_table *pt)
{
	struct timerfd *tfd = f->private;
	u64 here = now_of(tfd);
	bool ready;

	poll_wait(pt, &tfd->wait);
	if (pt != NULL)
		ktimer_adopt(&tfd->timer);
	timers_lock();
	update_locked(tfd, here);
	ready = tfd->expired;
	timers_unlock();
	return ready ? LINUX_POLLIN | LINUX_POLLRDNORM : 0;
}

static void timerfd_release(struct file *f)
{
	struct timerfd *tfd = f->private;

	timers_lock();
	tfd->expires = 0;
	ktimer_disarm_locked(&tfd->timer);
	timers_unlock();
	timerfd_release_ref(tfd);
}

static void read_locked(struct timerfd *tfd, u64 here, u64 *ret_value, u64 *ret_interval)
{
	u64 expires = tfd->expires;

	update_locked(tfd, here);
	*ret_interval = tfd->interval;
	*ret_value = 0;
	if (expires == 0)
		return;
	/* Linux: an expired periodic timer shows the time to its next expiry. */
	if (expires <= here && tfd->interval != 0)
		expires += ((here - expires) / tfd->interval + 1) * tfd->interval;
	*ret_value = expires > here ? expires - here : 0;
}

static void timerfd_info(struct file *f, struct seq *s)
{
	struct timerfd *tfd = f->private;
	u64 here = now_of(tfd), value, interval;

	timers_lock();
	read_locked(tfd, here, &value, &interval);
	u64 ticks = ticks_locked(tfd, here);
	bool absolute = tfd->absolute;

	timers_unlock();
	seq_print(s, "clockid: %d\nticks: %lu\nsettime flags: 0%d\n", tfd->clock,
		  (unsigned long)ticks, absolute);
	seq_print(s, "it_value: (%lu, %lu)\nit_interval: (%lu, %lu)\n",
		  (unsigned long)(value / NS_PER_SEC), (unsigned long)(value % NS_PER_SEC),
		  (unsigned long)(interval / NS_PER_SEC),
		  (unsigned long)(interval % NS_PER_SEC));
}

static const struct file_ops timerfd_ops = {
	.info = timerfd_info,
	.read = timerfd_read,
	.seek = file_seek_none,
	.poll = timerfd_poll,
	.release = timerfd_release,
};

bool file_is_timerfd(const struct file *f)
{
	return f->ops == &timerfd_ops;
}

int timerfd_create(int clock, u32 flags, struct file **ret)
{
	struct timerfd *tfd;
	int err;

	switch (clock) {
	case LINUX_CLOCK_REALTIME:
	case LINUX_CLOCK_MONOTONIC:
	case LINUX_CLOCK_BOOTTIME:
		break;
	case LINUX_CLOCK_REALTIME_ALARM:
	case LINUX_CLOCK_BOOTTIME_ALARM:
		if (!(current()->process->cred.cap_effective >> LINUX_CAP_WAKE_ALARM & 1))
			return -EPERM;
		/* Nothing here sleeps as a whole: an ordinary timer does the same. */
		clock = clock == LINUX_CLOCK_REALTIME_ALARM ? LINUX_CLOCK_REALTIME :
							      LINUX_CLOCK_BOOTTIME;
		break;
	default:
		return -EINVAL;
	}
	tfd = kzalloc(sizeof(*tfd));
	if (tfd == NULL)
		return -ENOMEM;
	ref_init(&tfd->ref);
	tfd->clock = clock;
	tfd->timer.kind = KTIMER_TIMERFD;
	waitq_init(&tfd->wait);
	err = file_create_anon(&timerfd_ops, tfd, 0600,
			       LINUX_O_RDWR | (flags & LINUX_TFD_NONBLOCK),
			       "anon_inode:[timerfd]", ret);
	if (err < 0)
		kfree(tfd);
	return err;
}

int timerfd_set(struct file *f, bool absolute, u64 value, u64 interval, u64 *ret_value,
		u64 *ret_interval)
{
	struct timerfd *tfd = f->private;
	u64 here = now_of(tfd);
	bool wake = false;

	if (value != 0) {
		int err = timer_helper_start();

		if (err < 0)
			return err;
	}
	timers_lock();
	read_locked(tfd, here, ret_value, ret_interval);
	ktimer_disarm_locked(&tfd->timer);
	tfd->expired = false;
	tfd->interval = interval;
	tfd->absolute = absolute;
	tfd->expires = 0;
	if (value != 0) {
		tfd->expires = MAX(absolute ? value : time_add(here, value), 1ull);
		wake = arm_locked(tfd);
	}
	timers_unlock();
	if (wake)
		timer_helper_wake(current()->process);
	return 0;
}

void timerfd_get_time(struct file *f, u64 *ret_value, u64 *ret_interval)
{
	struct timerfd *tfd = f->private;
	u64 here = now_of(tfd);

	timers_lock();
	read_locked(tfd, here, ret_value, ret_interval);
	timers_unlock();
}
