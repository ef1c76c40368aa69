/*
 * POSIX message queues: sending, receiving, waiting, notification. See mqueue.h.
 *
 * OVERVIEW. Who has to wait leaves with the queue what he brings or wants: a receiver takes
 * the message of the first waiting sender in, a sender hands its own to the first waiting
 * receiver, so nobody who comes later is served before.
 *
 * LIFETIME. struct mq_wait is its thread's: wait.h.
 *
 * LOCKING. Under mqueue.lock; signals are sent and waiters of poll woken without it.
 *
 * LINUX BEHAVIOUR. mq_send(3), mq_notify(3), ipc/mqueue.c. A notification goes out when a
 * message comes to an empty queue at which nobody waits, once, and is withdrawn when its
 * process closes any descriptor of the queue.
 *
 * NOT DONE. Waiting threads are served by age alone, not by priority. The clock being set
 * does not move a time limit.
 */
#include "kernel/ipc/mqueue.h"
#include "kernel/ipc/wait.h"

#include "abi/linux/fcntl.h"
#include "abi/linux/poll.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/uaccess.h"
#include "kernel/net/netlink.h"
#include "kernel/signal/signal.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/poll.h"

/* mq_notify(3) with SIGEV_THREAD: what the C library's helper reads from its socket. */
#define COOKIE_SIZE 32u /* Linux: NOTIFY_COOKIE_LEN */
#define COOKIE_WOKENUP 1u
#define COOKIE_REMOVED 2u

struct mq_msg {
	struct list link; /* q */
	u32 priority;     /* I */
	u64 size;         /* I */
	char text[];
};

struct mq_wait {
	struct ipc_waiter base;
	struct mq_msg *msg; /* q: what a sender brings, what a receiver has got */
};

/* What is to be done when the lock is released. */
struct after {
	struct ipc_wakes wakes;
	struct process *owner; /* referenced; NULL: nothing to notify */
	struct linux_siginfo info;
	struct netlink_letter *letter;
	u32 wake;              /* LINUX_POLL* for those who poll */
};

void mqueue_fini(struct mqueue *q)
{
	struct mq_msg *m, *next;

	list_for_each_safe(m, next, &q->messages, link)
		kfree(m);
	if (q->owner != NULL)
		process_put(q->owner);
	netlink_letter_drop(q->letter);
}

u32 mqueue_poll(struct file *f, struct poll_table *pt)
{
	struct mqueue *q = mqueue_of(f);
	u32 ready = 0;

	poll_wait(pt, &q->poll);
	lock_acquire(&q->lock);
	if (q->count != 0)
		ready |= LINUX_POLLIN | LINUX_POLLRDNORM;
	if (q->count < q->max_count)
		ready |= LINUX_POLLOUT | LINUX_POLLWRNORM;
	lock_release(&q->lock);
	return ready;
}

/* --- under the queue's lock --- */

static void insert_locked(struct mqueue *q, struct mq_msg *m)
{
	struct list *at = q->messages.prev;

	while (at != &q->messages &&
	       list_entry(at, struct mq_msg, link)->priority < m->priority)
		at = at->prev;
	list_insert_between(&m->link, at, at->next);
	q->count++;
	q->bytes += m->size;
}

static struct mq_msg *remove_locked(struct mqueue *q)
{
	struct mq_msg *m = list_first(&q->messages, struct mq_msg, link);

	list_del(&m->link);
	q->count--;
	q->bytes -= m->size;
	return m;
}

static struct process *withdraw_locked(struct mqueue *q)
{
	struct process *owner = q->owner;

	q->owner = NULL;
	return owner;
}

/* A message has come to a queue that was empty. */
static void notify_locked(struct mqueue *q, struct after *after)
{
	if (q->owner == NULL)
		return;
	if (q->event.sigev_notify == LINUX_SIGEV_SIGNAL && q->event.sigev_signo != 0) {
		signal_info_user(&after->info, q->event.sigev_signo, LINUX_SI_MESGQ);
		after->info.rt.value = q->event.sigev_value;
	}
	after->letter = TAKE(q->letter);
	after->owner = withdraw_locked(q);
}

static void after_unlock(struct mqueue *q, struct after *after)
{
	ipc_wake(&after->wakes);
	if (after->wake != 0)
		waitq_wake(&q->poll, ~0u, after->wake);
	if (after->owner == NULL)
		return;
	netlink_letter_send(after->letter, COOKIE_WOKENUP);
	if (after->info.si_signo != 0)
		signal_send_process(after->owner, &after->info);
	process_put(after->owner);
}

/* --- waiting --- */

static struct mq_wait *wait_create(struct mq_msg *m)
{
	struct mq_wait *w = kzalloc(sizeof(*w));

	if (w == NULL)
		return NULL;
	ipc_waiter_init(&w->base);
	w->msg = m;
	return w;
}

/* --- sending --- */

static int message_in(u64 text, u64 size, u32 priority, struct mq_msg **ret)
{
	struct mq_msg *m = kzalloc(sizeof(*m) + size);

	if (m == NULL)
		return -ENOMEM;
	if (copy_in(m->text, text, size) < 0) {
		kfree(m);
		return -EFAULT;
	}
	m->size = size;
	m->priority = priority;
	*ret = m;
	return 0;
}

/* 0: m is taken over; IPC_WAITING: w is queued with it; -EAGAIN: w is NULL. */
static int send_locked(struct mqueue *q, struct mq_msg *m, struct mq_wait *w,
		       struct after *after)
{
	if (q->count >= q->max_count) {
		if (w == NULL)
			return -EAGAIN;
		list_add_tail(&q->senders, &w->base.link);
		return IPC_WAITING;
	}
	if (!list_empty(&q->receivers)) {
		struct mq_wait *r = list_first(&q->receivers, struct mq_wait, base.link);

		r->msg = m;
		ipc_take(&after->wakes, &r->base, 0);
		return 0;
	}
	insert_locked(q, m);
	if (q->count == 1)
		notify_locked(q, after);
	after->wake = LINUX_POLLIN;
	return 0;
}

s64 mqueue_send(struct file *f, u64 text, u64 size, u32 priority, u64 deadline)
{
	bool may_wait = !(atomic_load(&f->flags) & LINUX_O_NONBLOCK);
	AUTO_KFREE struct mq_msg *m = NULL;
	AUTO_KFREE struct mq_wait *w = NULL;
	struct mqueue *q = mqueue_of(f);
	struct after after = { 0 };
	int err;

	if (size > q->max_size)
		return -EMSGSIZE;
	err = message_in(text, size, priority, &m);
	if (err < 0)
		return err;
	w = may_wait ? wait_create(m) : NULL;
	if (may_wait && w == NULL)
		return -ENOMEM;
	lock_acquire(&q->lock);
	err = send_locked(q, m, w, &after);
	lock_release(&q->lock);
	after_unlock(q, &after);
	if (err == IPC_WAITING)
		err = ipc_wait(&w->base, &q->lock, deadline);
	if (err < 0)
		return err;
	m = NULL;
	inode_touch(f->inode, SETATTR_ATIME | SETATTR_MTIME | SETATTR_CTIME);
	return 0;
}

/* --- receiving --- */

static int receive_locked(struct mqueue *q, struct mq_wait *w, struct mq_msg **ret,
			  struct after *after)
{
	if (q->count == 0) {
		if (w == NULL)
			return -EAGAIN;
		list_add_tail(&q->receivers, &w->base.link);
		return IPC_WAITING;
	}
	*ret = remove_locked(q);
	if (list_empty(&q->senders)) {
		after->wake = LINUX_POLLOUT;
	} else {
		struct mq_wait *s = list_first(&q->senders, struct mq_wait, base.link);

		insert_locked(q, s->msg);
		ipc_take(&after->wakes, &s->base, 0);
	}
	return 0;
}

static s64 message_out(const struct mq_msg *m, u64 buf, u64 priority)
{
	if (priority != 0 && copy_out_struct(priority, &m->priority) < 0)
		return -EFAULT;
	return copy_out(buf, m->text, m->size) < 0 ? -EFAULT : (s64)m->size;
}

s64 mqueue_receive(struct file *f, u64 buf, u64 size, u64 priority, u64 deadline)
{
	bool may_wait = !(atomic_load(&f->flags) & LINUX_O_NONBLOCK);
	AUTO_KFREE struct mq_msg *m = NULL;
	AUTO_KFREE struct mq_wait *w = NULL;
	struct mqueue *q = mqueue_of(f);
	struct after after = { 0 };
	int err;

	if (size < q->max_size)
		return -EMSGSIZE;
	w = may_wait ? wait_create(NULL) : NULL;
	if (may_wait && w == NULL)
		return -ENOMEM;
	lock_acquire(&q->lock);
	err = receive_locked(q, w, &m, &after);
	lock_release(&q->lock);
	after_unlock(q, &after);
	if (err == IPC_WAITING) {
		err = ipc_wait(&w->base, &q->lock, deadline);
		m = w->msg;
	}
	if (err < 0)
		return err;
	inode_touch(f->inode, SETATTR_ATIME | SETATTR_CTIME);
	return message_out(m, buf, priority);
}

/* --- notification --- */

/* Linux: where SIGEV_THREAD is to be told must be a netlink socket. */
static int thread_event_check(const struct linux_sigevent *event, struct netlink_letter **ret)
{
	char cookie[COOKIE_SIZE];
	AUTO_FILE socket = NULL;

	if (copy_in(cookie, event->sigev_value, sizeof(cookie)) < 0)
		return -EFAULT;
	socket = fd_get(event->sigev_signo);
	if (socket == NULL)
		return -EBADF;
	return netlink_letter_create(socket, cookie, sizeof(cookie), ret);
}

int mqueue_event_check(const struct linux_sigevent *event, struct netlink_letter **ret)
{
	*ret = NULL;
	switch (event->sigev_notify) {
	case LINUX_SIGEV_NONE:
		return 0;
	case LINUX_SIGEV_SIGNAL:
		return event->sigev_signo < 0 || event->sigev_signo > LINUX_NSIG ? -EINVAL : 0;
	case LINUX_SIGEV_THREAD:
		return thread_event_check(event, ret);
	default:
		return -EINVAL;
	}
}

s64 mqueue_notify(struct file *f, const struct linux_sigevent *event,
		  struct netlink_letter *letter)
{
	struct process *me = current()->process, *gone = NULL;
	struct netlink_letter *last = NULL;
	struct mqueue *q = mqueue_of(f);
	s64 err = 0;

	lock_acquire(&q->lock);
	if (event == NULL) {
		if (q->owner == me) {
			gone = withdraw_locked(q);
			last = TAKE(q->letter);
		}
	} else if (q->owner != NULL) {
		err = -EBUSY;
	} else {
		q->owner = process_get(me);
		q->event = *event;
		q->letter = TAKE(letter);
	}
	lock_release(&q->lock);
	netlink_letter_send(last, COOKIE_REMOVED);
	netlink_letter_drop(letter);
	if (gone != NULL)
		process_put(gone);
	return err;
}

void mqueue_closed(struct file *f)
{
	struct mqueue *q = mqueue_of(f);

	if (atomic_load(&q->owner) == current()->process)
		(void)!mqueue_notify(f, NULL, NULL);
}
