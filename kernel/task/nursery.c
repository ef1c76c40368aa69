/*
 * Blank processes: where the program of a vfork child goes. See nursery.h.
 *
 * OVERVIEW. A vfork child at its execve puts itself and its decoded image into a blank, a host
 * process without guest memory, of which a few are idle; so the cost does not grow with the
 * parent's memory and nothing is waited for. Blanks come from two places. A host process whose
 * guest has ended empties itself and becomes one: its page tables, its copies of private kernel
 * pages and its socket to the broker are there already, and neither the host's fork nor its exit
 * is paid. Where that does not give enough, a thread of the reaper's host process, whose guest
 * memory is empty, forks some.
 *
 * LIFETIME. struct blank lies in the shared heap. The blank frees it when it has become the
 * child. Those beyond IDLE_KEPT leave when nobody has wanted them for a while; the others end
 * with the sandbox.
 *
 * LOCKING. lock covers the list (n).
 *
 * WHO IS RECYCLED (fit()). Only a process that exited by itself: one that crashed may have
 * written anywhere. Only one that always had one host thread, whose memory has not been large,
 * and whose guest left the vDSO alone. Not the first process, for whose end the reaper waits.
 *
 * NOT DONE. fork followed by exec, which must copy the memory all the same.
 */
#include "kernel/task/nursery.h"

#include "abi/errno.h"
#include "abi/linux/wait.h"
#include "kernel/fs/host/host.h"
#include "kernel/locks.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/mm.h"
#include "kernel/task/fork.h"
#include "kernel/task/kthread.h"
#include "kernel/task/table.h"
#include "kernel/time/time.h"
#include "lib/string.h"
#include "platform/plat.h"

#define IDLE_KEPT 2u
#define IDLE_MAX 8u                /* with recycled ones */
#define IDLE_TIME (2 * NS_PER_SEC) /* then who is beyond IDLE_KEPT leaves, the others forget */
#define RECYCLED_RSS_MAX 16384     /* KiB: who was larger ends */

struct blank {
	struct list link; /* n; empty: taken, or about to be */
	u32 taken;        /* a: futex word; what follows is set before */
	struct nursery_task task;
	s32 host_pid;          /* I */
	struct time_base base; /* I */
};

/* What runs in a blank until it is taken: number 0, in no table. Each process has its own. */
static struct thread idle_thread PER_PROCESS;

static struct nursery {
	struct lock lock;
	struct list idle;  /* n: struct blank, the last used first */
	u32 count;         /* n: of idle */
	u32 bell;          /* a: futex word: something below is needed */
	bool asked;        /* a: for blanks, once at least */
	void (*fn)(void *arg); /* n: to run on a thread of its own, or NULL */
	void *arg;         /* n */
	u32 ready;         /* a: futex word: a blank was added, or could not be */
	u32 failures;      /* a */
} *nursery;

/* Add b, unless there are max. */
static bool blank_add(struct blank *b, u32 max)
{
	bool added, first;

	lock_acquire(&nursery->lock);
	added = nursery->count < max;
	first = nursery->count == 0;
	if (added) {
		list_add(&nursery->idle, &b->link);
		nursery->count++;
	}
	lock_release(&nursery->lock);
	if (added && first) {
		atomic_add(&nursery->ready, 1);
		plat_wake(&nursery->ready, ~0u);
	}
	return added;
}

/* Take b out, if nobody else has and it is not needed. */
static bool blank_withdraw(struct blank *b)
{
	lock_acquire(&nursery->lock);
	bool out = !list_empty(&b->link) && nursery->count > IDLE_KEPT;

	if (out) {
		list_del(&b->link);
		nursery->count--;
	}
	lock_release(&nursery->lock);
	return out;
}

static NORETURN void blank_main(struct blank *b)
{
	u64 until = plat_now() + IDLE_TIME;
	struct nursery_task task;

	while (atomic_load(&b->taken) == 0) {
		if (plat_wait(&b->taken, 0, until) != -ETIMEDOUT)
			continue;
		if (blank_withdraw(b)) {
			kfree(b);
			plat_process_exit(0);
		}
		host_fds_close(true);
		until = NO_DEADLINE;
	}
	task = b->task;
	plat_thread_become(task.child);
	kfree(b);
	task.run(&task);
}

static void idle_thread_init(void)
{
	memset(&idle_thread, 0, sizeof(idle_thread));
	kthread_init(&idle_thread);
	idle_thread.process = sandbox->reaper;
}

static int blank_create(void)
{
	struct blank *b = kzalloc(sizeof(*b));

	if (b == NULL)
		return -ENOMEM;
	list_init(&b->link);
	idle_thread_init();
	int pid = process_host_fork(&idle_thread, PLAT_FORK_BLANK);

	if (pid == 0) {
		/* Whoever reads ahead in the reaper moves the positions of its directories. */
		host_fds_close(true);
		blank_main(b);
	}
	if (pid < 0) {
		kfree(b);
		return pid;
	}
	b->host_pid = pid;
	(void)!blank_add(b, ~0u);
	return 0;
}

/* May the host process of last, whose guest process has ended, become another's? */
static bool fit(const struct thread *last)
{
	const struct process *p = last->process;

	return atomic_load(&nursery->asked) && atomic_load(&nursery->count) < IDLE_MAX &&
	       LINUX_WIFEXITED(p->exit_code) && p != sandbox->first && !sandbox->ended &&
	       last->host_tid == p->host_pid && plat_thread_only() &&
	       p->time.final.ru_maxrss <= RECYCLED_RSS_MAX;
}

void nursery_recycle(struct thread *last)
{
	struct blank *b = fit(last) ? kzalloc(sizeof(*b)) : NULL;

	if (b == NULL)
		return;
	if (!mm_host_clear()) {
		kfree(b);
		return;
	}
	host_fds_close(false);
	idle_thread_init();
	plat_thread_become(&idle_thread);
	thread_put(last);
	list_init(&b->link);
	b->host_pid = idle_thread.host_tid;
	time_base_take(&b->base);
	if (!blank_add(b, IDLE_MAX)) {
		kfree(b);
		plat_process_exit(0);
	}
	blank_main(b);
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

static void blanks_create(void)
{
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
}

NORETURN void nursery_main(void (*first)(void))
{
	for (;;) {
		u32 seen = atomic_load(&nursery->bell);

		first();
		thread_start_wanted();
		blanks_create();
		(void)plat_wait(&nursery->bell, seen, NO_DEADLINE);
	}
}

void nursery_ring(void)
{
	if (nursery == NULL)
		return; /* the helper, when there is one, looks before it waits */
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
		nursery_ring();
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
	bool few = nursery->count < IDLE_KEPT;

	lock_release(&nursery->lock);
	if (few)
		nursery_ring();
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
	time_base_set(child->process, &b->base);
	child->process->host_pid = b->host_pid;
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
