/*
 * The timer queues and the helper threads that serve them. See timer.h.
 *
 * The queues are pairing heaps: arming and disarming link a few pointers and need no memory,
 * so they cannot fail.
 */
#include "kernel/time/timer.h"

#include "abi/errno.h"
#include "kernel/locks.h"
#include "kernel/mm/heap.h"
#include "kernel/task/kthread.h"
#include "kernel/time/time.h"
#include "platform/plat.h"

#define HELPER_STOP_STEP 10000000ull /* ns; it is awake long before */

static struct timers {
	struct lock lock;
	struct list helpers;         /* of process.time.helper_link */
	struct ktimer_node *orphans; /* timerfds whose process has ended */
} *timers;                           /* in the shared heap; the pointer is copied by fork */

int time_init(void)
{
	timers = kzalloc(sizeof(*timers));
	if (timers == NULL)
		return -ENOMEM;
	lock_rank(&timers->lock, RANK_TIMERS);
	list_init(&timers->helpers);
	return 0;
}

void timers_lock(void)
{
	lock_acquire(&timers->lock);
}

void timers_unlock(void)
{
	lock_release(&timers->lock);
}

/* --- pairing heap --- */

static struct ktimer *timer_of(struct ktimer_node *n)
{
	return container_of(n, struct ktimer, node);
}

/* Two roots (no siblings) become one tree. */
static struct ktimer_node *meld(struct ktimer_node *a, struct ktimer_node *b)
{
	struct ktimer_node *tmp;

	if (a == NULL || b == NULL)
		return a != NULL ? a : b;
	if (timer_of(b)->deadline < timer_of(a)->deadline) {
		tmp = a;
		a = b;
		b = tmp;
	}
	b->prev = a;
	b->next = a->child;
	if (a->child != NULL)
		a->child->prev = b;
	a->child = b;
	return a;
}

/* The children of a removed node as one tree: meld in pairs, then all pairs. */
static struct ktimer_node *merge_siblings(struct ktimer_node *first)
{
	struct ktimer_node *pairs = NULL, *root = NULL;

	while (first != NULL) {
		struct ktimer_node *a = first, *b = a->next;

		first = b != NULL ? b->next : NULL;
		a->next = a->prev = NULL;
		if (b != NULL)
			b->next = b->prev = NULL;
		a = meld(a, b);
		a->next = pairs;
		pairs = a;
	}
	while (pairs != NULL) {
		struct ktimer_node *next = pairs->next;

		pairs->next = NULL;
		root = meld(root, pairs);
		pairs = next;
	}
	return root;
}

static void heap_remove(struct ktimer_node **root, struct ktimer_node *n)
{
	struct ktimer_node *below = merge_siblings(n->child);

	if (*root == n) {
		*root = below;
	} else {
		if (n->prev->child == n)
			n->prev->child = n->next;
		else
			n->prev->next = n->next;
		if (n->next != NULL)
			n->next->prev = n->prev;
		*root = meld(*root, below);
	}
	*n = (struct ktimer_node){ .child = NULL };
}

/* --- arming --- */

static struct ktimer_node **queue_of(struct process *home)
{
	return home != NULL ? &home->time.queue : &timers->orphans;
}

bool ktimer_arm_locked(struct ktimer *t, struct process *home, u64 deadline)
{
	struct ktimer_node **queue = queue_of(home);

	ktimer_disarm_locked(t);
	t->deadline = deadline;
	t->home = home;
	t->queued = true;
	t->node = (struct ktimer_node){ .child = NULL };
	*queue = meld(*queue, &t->node);
	return *queue == &t->node;
}

void ktimer_disarm_locked(struct ktimer *t)
{
	if (!t->queued)
		return;
	heap_remove(queue_of(t->home), &t->node);
	t->queued = false;
	t->home = NULL;
}

void timer_helper_wake(struct process *home)
{
	/* Under the lock: the helper's struct thread is gone once time.helper is NULL. */
	timers_lock();
	if (home->time.helper != NULL)
		thread_wake(home->time.helper);
	timers_unlock();
}

/* --- firing --- */

static void object_get(struct ktimer *t)
{
	switch (t->kind) {
	case KTIMER_POSIX:
		posix_timer_get(t);
		break;
	case KTIMER_TIMERFD:
		timerfd_get(t);
		break;
	}
}

static void fire(struct process *p, struct ktimer *t, u64 now)
{
	switch (t->kind) {
	case KTIMER_POSIX:
		posix_timer_fire(t, now);
		posix_timer_put(t);
		break;
	case KTIMER_TIMERFD:
		timerfd_fire(t, now);
		timerfd_put(t);
		break;
	default:
		itimer_fire(p, t->kind, now);
		break;
	}
}

/* Fire all that is due in p's queue. The next deadline, or NO_DEADLINE. */
static u64 fire_due(struct process *p)
{
	for (;;) {
		struct ktimer *t;
		u64 now, next = NO_DEADLINE;

		timers_lock();
		now = plat_now();
		t = p->time.queue != NULL ? timer_of(p->time.queue) : NULL;
		if (t != NULL && t->deadline <= now) {
			ktimer_disarm_locked(t);
			object_get(t);
		} else if (t != NULL) {
			next = t->deadline;
			t = NULL;
		}
		timers_unlock();
		if (t == NULL)
			return next;
		fire(p, t, now);
	}
}

static void helper_main(void *arg)
{
	struct process *p = arg;

	timers_lock();
	p->time.helper = current();
	timers_unlock();
	while (!atomic_load(&p->time.ended)) {
		u32 seq = thread_sleep_begin();
		u64 next = fire_due(p);

		if (!atomic_load(&p->time.ended))
			(void)!thread_sleep(seq, next, false);
	}
	timers_lock();
	struct thread *waiting = p->time.waits_for_helper;

	if (waiting != NULL)
		thread_get(waiting);
	p->time.helper_parked = true;
	timers_unlock();
	if (waiting != NULL)
		thread_wake(waiting);
	thread_put(waiting);
	kthread_park();
}

/*
 * The process has ended (time.ended is set) and may be freed any time from now: its helper
 * must have looked at it for the last time.
 */
static void helper_stop(struct process *p)
{
	struct thread *helper = NULL;
	bool parked;

	timers_lock();
	p->time.waits_for_helper = current();
	parked = !p->time.helper_started;
	timers_unlock();
	while (!parked) {
		u32 seq = thread_sleep_begin();

		timers_lock();
		helper = p->time.helper;
		parked = p->time.helper_parked;
		timers_unlock();
		if (parked)
			break;
		if (helper != NULL)
			thread_wake(helper);
		(void)!thread_sleep(seq, time_add(plat_now(), HELPER_STOP_STEP), false);
	}
	timers_lock();
	p->time.helper = NULL;
	timers_unlock();
	if (helper != NULL)
		kthread_free(helper);
}

int timer_helper_start(void)
{
	struct process *p = current()->process;
	bool started;
	int err;

	/* A vfork child on its parent's host thread: not before it has its own process. */
	if (current()->vfork != NULL)
		return 0;
	timers_lock();
	started = p->time.helper_started;
	p->time.helper_started = true;
	if (!started)
		list_add_tail(&timers->helpers, &p->time.helper_link);
	timers_unlock();
	if (started)
		return 0;
	err = kthread_start(helper_main, p);
	if (err < 0) {
		timers_lock();
		p->time.helper_started = false;
		list_del(&p->time.helper_link);
		timers_unlock();
	}
	return err;
}

void ktimer_adopt(struct ktimer *t)
{
	struct process *p = current()->process;
	bool wake = false;

	if (!atomic_load(&t->queued) || timer_helper_start() < 0)
		return;
	timers_lock();
	if (t->queued && t->home == NULL)
		wake = ktimer_arm_locked(t, p, t->deadline);
	timers_unlock();
	if (wake)
		timer_helper_wake(p);
}

/* --- the life of a process --- */

void time_process_init(struct process *p)
{
	list_init(&p->time.helper_link);
	list_init(&p->time.posix_timers);
	p->time.itimers[LINUX_ITIMER_REAL].timer.kind = KTIMER_ITIMER_REAL;
	p->time.itimers[LINUX_ITIMER_VIRTUAL].timer.kind = KTIMER_ITIMER_VIRTUAL;
	p->time.itimers[LINUX_ITIMER_PROF].timer.kind = KTIMER_ITIMER_PROF;
	p->time.cpu_limit.timer.kind = KTIMER_CPU_LIMIT;
}

void time_process_started(void)
{
	struct process *p = current()->process;

	if (task_rlimit(LINUX_RLIMIT_CPU) != LINUX_RLIM_INFINITY)
		(void)!time_cpu_limit_changed(p); /* without a helper there is no limit */
	if (atomic_load(&p->time.queue) != NULL)
		(void)!timer_helper_start();
}

/* Somebody with a helper, to serve what the ending process leaves; with a reference. */
static struct process *heir_locked(const struct process *p)
{
	struct process *heir;

	list_for_each(heir, &timers->helpers, time.helper_link)
		if (heir != p)
			return process_get(heir);
	return NULL;
}

void time_process_exit(struct process *p)
{
	struct process *heir;

	posix_timers_delete_all(p);
	time_usage_finish(p);
	helper_stop(p);
	timers_lock();
	list_del(&p->time.helper_link);
	for (u32 i = 0; i < ARRAY_SIZE(p->time.itimers); i++)
		ktimer_disarm_locked(&p->time.itimers[i].timer);
	ktimer_disarm_locked(&p->time.cpu_limit.timer);
	heir = p->time.queue != NULL ? heir_locked(p) : NULL;
	while (p->time.queue != NULL) {
		struct ktimer *t = timer_of(p->time.queue);

		(void)!ktimer_arm_locked(t, heir, t->deadline);
	}
	timers_unlock();
	if (heir != NULL)
		timer_helper_wake(heir);
	process_put(heir);
}

void time_process_exec(struct process *p)
{
	posix_timers_delete_all(p);
}
