/* Helper threads of the kernel itself. See kthread.h. */
#include "kernel/task/kthread.h"

#include "abi/errno.h"
#include "kernel/mm/heap.h"
#include "kernel/task/task.h"
#include "lib/panic.h"
#include "platform/plat.h"

struct kthread {
	struct thread thread; /* number 0, in no table */
	void (*fn)(void *arg);
	void *arg;
};

static void kthread_main(struct thread *t)
{
	struct kthread *k = container_of(t, struct kthread, thread);

	k->fn(k->arg);
	panic("a kernel thread returned");
}

void kthread_init(struct thread *t)
{
	t->self = t;
	t->process = current()->process; /* no reference: it dies with the process */
	ref_init(&t->ref);
	list_init(&t->group_link);
	list_init(&t->hash_link);
	list_init(&t->pending.entries);
	waiter_init(&t->waiter);
}

int kthread_start(void (*fn)(void *arg), void *arg)
{
	struct kthread *k = kzalloc(sizeof(*k));

	if (k == NULL)
		return -ENOMEM;
	k->fn = fn;
	k->arg = arg;
	kthread_init(&k->thread);
	int err = plat_thread_create(&k->thread, kthread_main);

	if (err < 0)
		kfree(k);
	return err;
}

NORETURN void kthread_park(void)
{
	static u32 never;

	/* From here on struct thread is not touched: it may be gone. */
	for (;;)
		plat_wait(&never, 0, NO_DEADLINE);
}

void kthread_free(struct thread *t)
{
	kfree(container_of(t, struct kthread, thread));
}
