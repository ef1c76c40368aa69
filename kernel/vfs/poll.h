/* How poll, select and epoll wait on many files at once. */
#ifndef NACRE_KERNEL_VFS_POLL_H
#define NACRE_KERNEL_VFS_POLL_H

#include "kernel/sync/waitq.h"
#include "kernel/vfs/vfs.h"

/*
 * Handed to file_ops.poll, which calls poll_wait() for each queue whose wake-up may change
 * its answer.
 */
struct poll_table {
	void (*add)(struct poll_table *pt, struct waitq *q);
};

static inline void poll_wait(struct poll_table *pt, struct waitq *q)
{
	if (pt != NULL)
		pt->add(pt, q);
}

/*
 * To look again with waiters queued already: whatever must be done for a wake-up to come
 * is done again. NULL: nobody is going to wait.
 */
extern struct poll_table poll_again;

/* Ready events of any file: its op, or LINUX_POLLIN|OUT for those that are always ready. */
u32 file_poll(struct file *f, struct poll_table *pt);

#endif
