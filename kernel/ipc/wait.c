/* Waiting for what somebody else does on one's behalf. See wait.h. */
#include "kernel/ipc/wait.h"

#include "abi/errno.h"
#include "kernel/sync/waitq.h"
#include "kernel/task/task.h"

void ipc_waiter_init(struct ipc_waiter *w)
{
	*w = (struct ipc_waiter){ .thread = current(), .status = IPC_WAITING };
	list_init(&w->link);
}

void ipc_take(struct ipc_wakes *wakes, struct ipc_waiter *w, int result)
{
	list_del(&w->link);
	thread_get(w->thread);
	w->taken = true;
	w->result = result;
	w->next = NULL;
	if (wakes->first == NULL)
		wakes->first = w;
	else
		wakes->last->next = w;
	wakes->last = w;
}

void ipc_wake(struct ipc_wakes *wakes)
{
	while (wakes->first != NULL) {
		struct ipc_waiter *w = wakes->first;
		struct thread *t = w->thread;

		wakes->first = w->next;
		atomic_store(&w->status, w->result); /* w may be gone now */
		thread_wake(t);
		thread_put(t);
	}
}

static int sleep_until_done(struct ipc_waiter *w, u64 deadline, bool interruptible)
{
	int err = 0;

	for (;;) {
		u32 seq = thread_sleep_begin();

		if (atomic_load(&w->status) != IPC_WAITING || err < 0)
			return err;
		err = thread_sleep(seq, deadline, interruptible);
	}
}

int ipc_wait(struct ipc_waiter *w, struct lock *lock, u64 deadline)
{
	int err = sleep_until_done(w, deadline, true);

	if (atomic_load(&w->status) != IPC_WAITING)
		return w->status;
	lock_acquire(lock);
	if (!w->taken) {
		list_del(&w->link);
		lock_release(lock);
		return err;
	}
	lock_release(lock);
	/* Somebody is just about to hand it over. */
	sleep_until_done(w, NO_DEADLINE, false);
	return w->status;
}
