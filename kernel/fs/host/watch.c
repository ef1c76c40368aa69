/*
 * Waiting for the user's streams on behalf of pollers.
 *
 * OVERVIEW. The host does not wake our wait queues, so a kernel thread of the host process
 * that waits sits in the host's poll and does it. An interest is for one wake-up: who looks
 * and finds nothing registers again. It is not taken back by who stops waiting, and then
 * wakes for nothing, once.
 *
 * LIFETIME. The watcher starts with the first interest of a process and is stopped before
 * the host process ends, so that it does not die with a queue's lock held.
 *
 * LOCKING. watch_lock covers everything here, private memory of each host process. A queue's
 * lock is taken without it. Another thread may fork meanwhile: host_watch_forked().
 */
#include "abi/linux/poll.h"
#include "kernel/fs/host/hostfs.h"
#include "kernel/sync/waitq.h"
#include "kernel/task/kthread.h"
#include "kernel/task/task.h"
#include "platform/plat.h"

#define WATCHES_MAX 16u
#define FAILED (LINUX_POLLERR | LINUX_POLLHUP | LINUX_POLLNVAL)
#define STOP_STEP 20000000ull /* ns after which a watcher that does not stop is told again */

static struct watch {
	plat_fd_t fd;
	u32 events; /* awaited; 0: free */
	struct waitq *queue;
} watches[WATCHES_MAX];

static struct lock watch_lock PER_PROCESS;
static struct watcher {
	bool started, stopping, parked;
	struct thread *thread;   /* NULL: not yet running */
	struct process *process; /* who started it, referenced: the thread points to it */
	struct thread *ender;    /* waits for it to park */
} watcher PER_PROCESS;

/* What is awaited. False: the watcher is to stop. */
static bool snapshot(struct linux_pollfd *fds, struct waitq **queues, u32 *ret_count)
{
	u32 n = 0;
	bool goes_on;

	lock_acquire(&watch_lock);
	/* New interests from here on interrupt the wait. */
	atomic_and(&current()->work, ~(u32)WORK_SIGNAL);
	goes_on = !watcher.stopping;
	for (u32 i = 0; i < WATCHES_MAX; i++) {
		if (watches[i].events == 0)
			continue;
		fds[n] = (struct linux_pollfd){ .fd = watches[i].fd,
						.events = (s16)watches[i].events };
		queues[n++] = watches[i].queue;
	}
	lock_release(&watch_lock);
	*ret_count = n;
	return goes_on;
}

static void fired(plat_fd_t fd, u32 events)
{
	lock_acquire(&watch_lock);
	for (u32 i = 0; i < WATCHES_MAX; i++)
		if (watches[i].fd == fd)
			watches[i].events = events & FAILED ? 0 : watches[i].events & ~events;
	lock_release(&watch_lock);
}

static void wake_ready(const struct linux_pollfd *fds, struct waitq *const *queues, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		u32 events = (u16)fds[i].revents;

		if (events == 0)
			continue;
		fired(fds[i].fd, events);
		waitq_wake(queues[i], ~0u, events);
	}
}

static NORETURN void park(void)
{
	struct thread *ender;

	lock_acquire(&watch_lock);
	ender = thread_get(watcher.ender);
	watcher.parked = true;
	lock_release(&watch_lock);
	thread_wake(ender);
	thread_put(ender);
	kthread_park();
}

static void watch_main(UNUSED void *arg)
{
	struct linux_pollfd fds[WATCHES_MAX];
	struct waitq *queues[WATCHES_MAX];

	lock_acquire(&watch_lock);
	watcher.thread = current();
	lock_release(&watch_lock);
	for (;;) {
		u32 seq = thread_sleep_begin(), n;

		if (!snapshot(fds, queues, &n))
			park();
		if (n == 0)
			(void)!thread_sleep(seq, NO_DEADLINE, false);
		else if (plat_file_poll(fds, n, NO_DEADLINE) > 0)
			wake_ready(fds, queues, n);
	}
}

/* The watcher looks again, wherever it is. */
static void interrupt(struct thread *t)
{
	atomic_or(&t->work, WORK_SIGNAL);
	thread_wake(t);
	if (!atomic_load(&t->sleeping))
		plat_kick(t);
}

static void watcher_start(void)
{
	if (kthread_start(watch_main, NULL) == 0)
		return;
	lock_acquire(&watch_lock);
	watcher.started = false;
	process_put(TAKE(watcher.process));
	lock_release(&watch_lock);
}

/* Enter the interest. True: the watcher does not know of it yet. */
static bool enter_locked(plat_fd_t fd, u32 events, struct waitq *q)
{
	struct watch *free = NULL;

	for (u32 i = 0; i < WATCHES_MAX; i++) {
		struct watch *w = &watches[i];

		if (w->events == 0) {
			free = free == NULL ? w : free;
		} else if (w->fd == fd && w->queue == q) {
			events &= ~w->events;
			w->events |= events;
			return events != 0;
		}
	}
	if (free == NULL)
		return false; /* there are three streams, each with two directions at most */
	*free = (struct watch){ .fd = fd, .events = events, .queue = q };
	return true;
}

void host_watch(plat_fd_t fd, u32 events, struct waitq *q)
{
	struct thread *running = NULL;
	bool start = false;

	lock_acquire(&watch_lock);
	if (enter_locked(fd, events, q)) {
		running = watcher.thread;
		start = !watcher.started;
	}
	if (start) {
		watcher.started = true;
		watcher.process = process_get(current()->process);
	}
	lock_release(&watch_lock);
	if (start)
		watcher_start();
	if (running != NULL)
		interrupt(running);
}

void host_watch_stop(void)
{
	struct thread *running = NULL;
	bool parked;

	lock_acquire(&watch_lock);
	watcher.stopping = true;
	watcher.ender = current();
	parked = !watcher.started;
	lock_release(&watch_lock);
	while (!parked) {
		u32 seq = thread_sleep_begin();

		lock_acquire(&watch_lock);
		running = watcher.thread;
		parked = watcher.parked;
		lock_release(&watch_lock);
		if (parked)
			break;
		if (running != NULL)
			interrupt(running);
		(void)!thread_sleep(seq, plat_now() + STOP_STEP, false);
	}
	if (running == NULL)
		return;
	kthread_free(running);
	process_put(TAKE(watcher.process));
}

void host_watch_forked(void)
{
	watch_lock.word = 0;
	watcher = (struct watcher){ 0 };
	for (u32 i = 0; i < WATCHES_MAX; i++)
		if (watches[i].events != 0)
			watches[i].events = 0;
}
