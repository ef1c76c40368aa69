/* Watching a file's queues. See hooks.h. */
#include "kernel/vfs/hooks.h"

#include "abi/errno.h"
#include "kernel/mm/heap.h"

struct hook_table {
	struct poll_table pt;
	void *owner;
	waiter_fn fn;
	u32 flags;
	struct file_hook **list;
	bool failed;
};

static void hook_add(struct poll_table *pt, struct waitq *q)
{
	struct hook_table *t = container_of(pt, struct hook_table, pt);
	struct file_hook *h = kzalloc(sizeof(*h));

	if (h == NULL) {
		t->failed = true;
		return;
	}
	waiter_init(&h->waiter);
	h->waiter.fn = t->fn;
	h->owner = t->owner;
	h->next = *t->list;
	*t->list = h;
	waitq_add(q, &h->waiter, t->flags);
}

int file_hooks_add(struct file *f, void *owner, waiter_fn fn, u32 flags,
		   struct file_hook **list, u32 *ret_events)
{
	struct hook_table t = {
		.pt.add = hook_add, .owner = owner, .fn = fn, .flags = flags, .list = list
	};

	*ret_events = file_poll(f, &t.pt);
	if (!t.failed)
		return 0;
	file_hooks_remove(list);
	return -ENOMEM;
}

void file_hooks_remove(struct file_hook **list)
{
	while (*list != NULL) {
		struct file_hook *h = *list;

		*list = h->next;
		waitq_remove(&h->waiter);
		kfree(h);
	}
}
