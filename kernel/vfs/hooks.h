/*
 * Watching a file's queues: what epoll, O_ASYNC and asynchronous polls hang on a file.
 *
 * A list of hooks, one in each queue that the file's poll operation names. Each calls a
 * waiter_fn under its queue's lock; hook_owner() tells for whom.
 */
#ifndef NACRE_KERNEL_VFS_HOOKS_H
#define NACRE_KERNEL_VFS_HOOKS_H

#include "kernel/vfs/poll.h"

struct file_hook {
	struct waiter waiter;
	void *owner;
	struct file_hook *next;
};

/*
 * Hang hooks on f and store what is ready now. -ENOMEM: none are hung. *list is NULL before,
 * and whose it is guards it.
 */
MUST_USE int file_hooks_add(struct file *f, void *owner, waiter_fn fn, u32 flags,
			    struct file_hook **list, u32 *ret_events);
/* When it returns no fn runs any more. */
void file_hooks_remove(struct file_hook **list);

static inline void *hook_owner(struct waiter *w)
{
	return container_of(w, struct file_hook, waiter)->owner;
}

#endif
