/*
 * POSIX message queues: mq_open(3) and the file system mqueue.
 *
 * OVERVIEW. A queue is an inode of the file system mqueue, a message queue descriptor an open
 * file of it (mqueuefs.c). Sending and receiving is in mqueue.c.
 *
 * LIFETIME. The queue is freed with its inode, which its name and the open files hold.
 *
 * LOCKING. ipc.mq_lock: names, and the list of all queues. mqueue.lock (q): what is in one.
 * Both are leaves. Legend: I immutable, n mq_lock, q mqueue.lock, a atomic.
 */
#ifndef NACRE_KERNEL_IPC_MQUEUE_H
#define NACRE_KERNEL_IPC_MQUEUE_H

#include "abi/linux/mqueue.h"
#include "abi/linux/signal.h"
#include "kernel/ipc/ipc.h"
#include "kernel/net/netlink.h"
#include "kernel/vfs/vfs.h"

struct mqueue {
	struct list link;       /* n: in ipc.mq_queues */
	struct inode *inode;    /* I: whose part it is */
	bool named;             /* n: mq_open can find it; the name holds the inode */
	u64 serial;             /* I: its place in a listing */
	u64 cost;               /* I: bytes that count against RLIMIT_MSGQUEUE */
	u32 user;               /* I: whose */
	u64 max_count, max_size; /* I: messages, bytes of one */

	struct lock lock;
	u64 count, bytes;       /* q */
	struct list messages;   /* q: of mq_msg.link: highest priority first, then oldest */
	struct list senders;    /* q: of mq_wait.base.link, in order of arrival */
	struct list receivers;  /* q: the same */
	struct process *owner;  /* q: who wants a notification, referenced; NULL: nobody */
	struct linux_sigevent event; /* q: and which */
	struct netlink_letter *letter; /* q: with SIGEV_THREAD */
	struct waitq poll;

	u32 name_len;           /* I */
	char name[];            /* I */
};

static inline struct mqueue *mqueue_of(const struct file *f)
{
	return f->inode->object;
}

/* --- mqueuefs.c: names are kernel copies --- */

/* attr: NULL: the defaults. */
MUST_USE int mqueue_open(const char *name, u32 flags, u32 mode, const struct linux_mq_attr *attr,
			 struct file **ret);
MUST_USE int mqueue_unlink(const char *name);
bool file_is_mqueue(const struct file *f);

/* --- mqueue.c: text and buffers are guest addresses, deadlines CLOCK_MONOTONIC ns --- */

MUST_USE s64 mqueue_send(struct file *f, u64 text, u64 size, u32 priority, u64 deadline);
/* priority: where to store it, 0: nowhere. */
MUST_USE s64 mqueue_receive(struct file *f, u64 buf, u64 size, u64 priority, u64 deadline);
/*
 * mq_notify: are the values possible? -EINVAL, -EBADF, -EFAULT, -ENOTSOCK, -ENOMEM. With
 * SIGEV_THREAD what is to be sent then, else NULL.
 */
MUST_USE int mqueue_event_check(const struct linux_sigevent *event,
				struct netlink_letter **ret);
/* The event has been checked; NULL: no more. Takes the letter over, on failure too. */
MUST_USE s64 mqueue_notify(struct file *f, const struct linux_sigevent *event,
			   struct netlink_letter *letter);
/* A descriptor was closed: the calling process wants no notification any more. */
void mqueue_closed(struct file *f);
u32 mqueue_poll(struct file *f, struct poll_table *pt);
/* Nobody has the queue any more: free what is in it. */
void mqueue_fini(struct mqueue *q);

#endif
