/* Threads of the kernel's own in a test program: there are none, and nobody waits for them. */
#include "kernel/task/kthread.h"

#include "abi/errno.h"
#include "kernel/task/nursery.h"
#include "platform/fake/internal.h"

WEAK int kthread_start(void (*fn)(void *arg), void *arg)
{
	(void)fn;
	(void)arg;
	return -EAGAIN;
}

WEAK void kthread_park(void)
{
	fake_die("kthread_park");
}

WEAK void kthread_free(struct thread *t)
{
	(void)t;
}

WEAK int nursery_run(void (*fn)(void *arg), void *arg)
{
	(void)fn;
	(void)arg;
	return -EAGAIN;
}
