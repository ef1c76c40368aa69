/*
 * Blank processes: where the program of a vfork child goes. See nursery.h.
 *
 * OVERVIEW. A thread of the reaper's host process, whose guest memory is empty, forks blanks
 * and keeps a few idle. A vfork child at its execve puts itself and its decoded image into
 * one; what the host copies is then the reaper, not the parent, so the cost does not grow
 * with the parent's memory and nothing is waited for.
 *
 * LIFETIME. struct blank lies in the shared heap. The blank frees it when it has become the
 * child. Idle ones end with the sandbox.
 *
 * LOCKING. lock covers the list (n).
 *
 * NOT DONE. fork followed by exec, which must copy the memory all the same.
 */
#include "kernel/task/nursery.h"

#include "abi/errno.h"
#include "kernel/fs/host/host.h"
#include "kernel/locks.h"
#include "kernel/mm/heap.h"
#include "kernel/task/fork.h"
#include "kernel/task/kthread.h"
#include "kernel/task/task.h"
#include "platform/plat.h"

#define IDLE_KEPT 2u

struct blank {
	struct list link; /* n */
	u32 taken;        /* a: futex word; what follows is set before */
	struct nursery_task task;
	struct thread own; /* what runs in it until then: number 0, in no table */
};

static struct nursery {
	struct lock lock;
	struct list idle;  /* n: struct blank */
	u32 count;         /* n: of idle */
	u32 bell;          /* a: futex word: something below is needed */
	bool asked;        /* a: for blanks, once at least */
	void (*fn)(void *arg); /* n: to run on a thread of its own, or NULL */
	void *arg;         /* n */
	u32 ready;         /* a: futex word: a blank was added, or could not be */
	u32 failures;      /* a */
} *nursery;

static NORETURN void blank_main(struct blank *b)
{
	struct nursery_task task;

	while (atomic_load(&b->taken) == 0)
		(void)plat_wait(&b->taken, 0, NO_DEADLINE);
	task = b->task;
	plat_thread_become(task.child);
	kfree(b);
	task.run(&task);
}

static int blank_create(void)
{
	struct blank *b = kzalloc(sizeof(*b));

	if (b == NULL)
		return -ENOMEM;
	kthread_init(&b->own);
	int pid = process_host_fork(&b->own, PLAT_FORK_BLANK);

	if (pid == 0)
		blank_main(b);
	if (pid < 0) {
		kfree(b);
		return pid;
	}
	b->own.host_tid = pid;
	lock_acquire(&nursery->lock);
	list_add_tail(&nursery->idle, &b->link);
	nursery->count++;
	lock_release(&nursery->lock);
	return 0;
}

static bool blanks_wanted(void)
{
	lock_acquire(&nursery->lock);
	bool wanted = nursery->count < IDLE_KEPT;

	lock_release(&nursery->lock);
	return wanted;
}

static void thread_start_wanted(void)
{
	void (*fn)(void *arg);
	void *arg;

	lock_acquire(&nursery->lock);
	fn = TAKE(nursery->fn);
	arg = nursery->arg;
	lock_release(&nursery->lock);
	/* Without memory for it what it would do is not done. */
	if (fn != NULL)
		(void)!kthread_start(fn, arg);
}

static void nursery_main(UNUSED void *arg)
{
	for (;;) {
		u32 seen = atomic_load(&nursery->bell);

		thread_start_wanted();
		/* None before the first is asked for: most sandboxes never do. */
		while (atomic_load(&nursery->asked) && blanks_wanted()) {
			int err = blank_create();

			if (err < 0)
				atomic_add(&nursery->failures, 1);
			atomic_add(&nursery->ready, 1);
			plat_wake(&nursery->ready, ~0u);
			if (err < 0)
				break;
		}
		(void)plat_wait(&nursery->bell, seen, NO_DEADLINE);
	}
}

static void ring(void)
{
	atomic_add(&nursery->bell, 1);
	plat_wake(&nursery->bell, 1);
}

int nursery_run(void (*fn)(void *arg), void *arg)
{
	int err = -EAGAIN;

	lock_acquire(&nursery->lock);
	if (nursery->fn == NULL) {
		nursery->fn = fn;
		nursery->arg = arg;
		err = 0;
	}
	lock_release(&nursery->lock);
	if (err == 0)
		ring();
	return err;
}

static struct blank *blank_pick(void)
{
	struct blank *b = NULL;

	lock_acquire(&nursery->lock);
	if (!list_empty(&nursery->idle)) {
		b = list_first(&nursery->idle, struct blank, link);
		list_del(&b->link);
		nursery->count--;
	}
	lock_release(&nursery->lock);
	return b;
}

struct blank *nursery_take(void)
{
	u32 failures = atomic_load(&nursery->failures);

	if (!host_fds_by_name())
		return NULL;
	atomic_store(&nursery->asked, true);
	for (;;) {
		u32 seen = atomic_load(&nursery->ready);
		struct blank *b = blank_pick();

		ring();
		if (b != NULL || atomic_load(&nursery->failures) != failures)
			return b;
		(void)plat_wait(&nursery->ready, seen, NO_DEADLINE);
	}
}

void nursery_return(struct blank *b)
{
	lock_acquire(&nursery->lock);
	list_add(&nursery->idle, &b->link);
	nursery->count++;
	lock_release(&nursery->lock);
}

void nursery_give(struct blank *b, const struct nursery_task *task)
{
	struct thread *child = task->child;

	b->task = *task;
	child->process->host_pid = b->own.host_tid;
	atomic_store(&b->taken, 1);
	plat_wake(&b->taken, 1);
}

int nursery_init(void)
{
	nursery = kzalloc(sizeof(*nursery));
	if (nursery == NULL)
		return -ENOMEM;
	lock_rank(&nursery->lock, RANK_NURSERY);
	list_init(&nursery->idle);
	return 0;
}

int nursery_start(void)
{
	return kthread_start(nursery_main, NULL);
}
