/*
 * Waiting for the user's streams on behalf of pollers.
 *
 * OVERVIEW. The host does not wake our wait queues, so a kernel thread of the process that
 * waits sits in the host's poll and does it. An interest is for one wake-up: who looks and
 * finds nothing registers again. It is not taken back by who stops waiting, and then wakes
 * for nothing, once.
 *
 * LOCKING. watch_lock covers the table, private memory of each process. A queue's lock is
 * taken without it. Another thread of the process may fork: host_watch_forked().
 */
#include "abi/linux/poll.h"
#include "kernel/fs/host/hostfs.h"
#include "kernel/sync/waitq.h"
#include "kernel/task/kthread.h"
#include "kernel/task/task.h"
#include "platform/plat.h"

#define WATCHES_MAX 16u
#define FAILED (LINUX_POLLERR | LINUX_POLLHUP | LINUX_POLLNVAL)

static struct watch {
	plat_fd_t fd;
	u32 events; /* awaited; 0: free */
	struct waitq *queue;
} watches[WATCHES_MAX];

static struct lock watch_lock;
static struct thread *watcher; /* NULL: none yet */
static bool watcher_starts;

static u32 snapshot(struct linux_pollfd *fds, struct waitq **queues)
{
	u32 n = 0;

	lock_acquire(&watch_lock);
	/* New interests from here on interrupt the wait. */
	atomic_and(&watcher->work, ~(u32)WORK_SIGNAL);
	for (u32 i = 0; i < WATCHES_MAX; i++) {
		if (watches[i].events == 0)
			continue;
		fds[n] = (struct linux_pollfd){ .fd = watches[i].fd,
						.events = (s16)watches[i].events };
		queues[n++] = watches[i].queue;
	}
	lock_release(&watch_lock);
	return n;
}

static void fired(plat_fd_t fd, u32 events)
{
	lock_acquire(&watch_lock);
	for (u32 i = 0; i < WATCHES_MAX; i++)
		if (watches[i].fd == fd)
			watches[i].events = events & FAILED ? 0 : watches[i].events & ~events;
	lock_release(&watch_lock);
}

static void watch_main(UNUSED void *arg)
{
	struct linux_pollfd fds[WATCHES_MAX];
	struct waitq *queues[WATCHES_MAX];

	/* Who started us notes our number, without which we cannot be interrupted. */
	while (atomic_load(&current()->host_tid) == 0)
		plat_yield();
	lock_acquire(&watch_lock);
	watcher = current();
	lock_release(&watch_lock);
	for (;;) {
		u32 seq = thread_sleep_begin();
		u32 n = snapshot(fds, queues);

		if (n == 0) {
			(void)!thread_sleep(seq, NO_DEADLINE, false);
			continue;
		}
		if (plat_file_poll(fds, n, NO_DEADLINE) <= 0)
			continue;
		for (u32 i = 0; i < n; i++) {
			u32 events = (u16)fds[i].revents;

			if (events == 0)
				continue;
			fired(fds[i].fd, events);
			waitq_wake(queues[i], ~0u, events);
		}
	}
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
	struct thread *to_interrupt = NULL;
	bool start = false;

	lock_acquire(&watch_lock);
	if (enter_locked(fd, events, q)) {
		to_interrupt = watcher;
		start = watcher == NULL && !watcher_starts;
		watcher_starts |= start;
	}
	lock_release(&watch_lock);
	if (start && kthread_start(watch_main, NULL) < 0) {
		lock_acquire(&watch_lock);
		watcher_starts = false;
		lock_release(&watch_lock);
	}
	if (to_interrupt == NULL)
		return;
	atomic_or(&to_interrupt->work, WORK_SIGNAL);
	thread_wake(to_interrupt);
	if (!atomic_load(&to_interrupt->sleeping))
		plat_kick(to_interrupt);
}

void host_watch_forked(void)
{
	watch_lock.word = 0;
	watcher = NULL;
	watcher_starts = false;
	for (u32 i = 0; i < WATCHES_MAX; i++)
		watches[i].events = 0;
}
