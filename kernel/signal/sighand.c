/* The life of dispositions and queues: creation, fork, exec, end. */
#include "kernel/signal/signal.h"

#include "abi/errno.h"
#include "kernel/locks.h"
#include "kernel/mm/heap.h"
#include "lib/string.h"

#define READER_QUEUES 64u

/* In the shared heap, for ever: an epoll set may watch a signalfd longer than a process lives. */
static struct waitq *readers;

int signal_init(void)
{
	readers = kzalloc(READER_QUEUES * sizeof(*readers));
	if (readers == NULL)
		return -ENOMEM;
	for (u32 i = 0; i < READER_QUEUES; i++)
		waitq_init(&readers[i]);
	return 0;
}

struct waitq *signal_readers(const struct process *p)
{
	return &readers[(u32)p->pid % READER_QUEUES];
}

int sighand_create(struct sighand **ret)
{
	struct sighand *sh = kzalloc(sizeof(*sh));

	if (sh == NULL)
		return -ENOMEM;
	lock_rank(&sh->lock, RANK_SIGHAND);
	ref_init(&sh->ref);
	*ret = sh;
	return 0;
}

int sighand_copy(struct sighand *from, struct sighand **ret)
{
	int err = sighand_create(ret);

	if (err < 0)
		return err;
	lock_acquire(&from->lock);
	memcpy((*ret)->action, from->action, sizeof(from->action));
	lock_release(&from->lock);
	return 0;
}

void sighand_put(struct sighand *sh)
{
	if (sh != NULL && ref_put(&sh->ref))
		kfree(sh);
}

/* Caught signals to default; ignored ones stay ignored, all flags and masks are cleared. */
static void actions_exec(struct sighand *sh)
{
	for (int sig = 1; sig <= LINUX_NSIG; sig++) {
		uaddr_t handler = sh->action[sig].handler;

		sh->action[sig] = (struct linux_sigaction){
			.handler = handler == LINUX_SIG_IGN ? LINUX_SIG_IGN : LINUX_SIG_DFL,
		};
	}
}

void signal_reset_handlers(struct sighand *sh)
{
	lock_acquire(&sh->lock);
	actions_exec(sh);
	lock_release(&sh->lock);
}

void signal_process_init(struct process *p)
{
	list_init(&p->pending.entries);
}

void signal_process_fini(struct process *p)
{
	struct list removed = LIST_INIT(removed);

	signal_flush_locked(&p->pending, ~(u64)0, &removed);
	signal_free_entries(&removed);
	sighand_put(TAKE(p->sig.retired));
}

void signal_thread_init(struct thread *t, const struct thread *creator)
{
	list_init(&t->pending.entries);
	list_init(&t->futex.link);
	t->altstack.ss_flags = LINUX_SS_DISABLE;
	if (creator == NULL)
		return;
	t->sig_mask = creator->sig_mask;
	t->fpu_frame = creator->fpu_frame;
}

void signal_thread_attach(struct thread *t)
{
	struct process *p = t->process;
	struct sighand *sh = sighand_lock(p);

	list_add_tail(&p->threads, &t->group_link);
	if (p->sig.stop_signal != 0)
		atomic_or(&t->work, WORK_STOP | WORK_SIGNAL);
	signal_recalc_locked(t);
	sighand_unlock(sh);
}

void signal_thread_detach(struct thread *t)
{
	struct process *p = t->process;
	struct list removed = LIST_INIT(removed);
	struct sighand *sh = sighand_lock(p);
	bool complete;
	int sig;

	list_del(&t->group_link);
	/* Now rather than with the last reference: a timer's entry holds one to the thread. */
	signal_flush_locked(&t->pending, ~(u64)0, &removed);
	if (list_empty(&p->threads))
		signal_flush_locked(&p->pending, ~(u64)0, &removed);
	t->sig.stopped = false;
	/* Process signals that only this thread was told of. */
	signal_retarget_locked(t, ~t->sig_mask);
	sig = p->sig.stop_signal;
	complete = signal_stop_complete_locked(p);
	sighand_unlock(sh);
	signal_free_entries(&removed);
	signal_wake_marked(p);
	if (complete)
		signal_notify_parent_locked(p, LINUX_CLD_STOPPED, sig);
}

void signal_thread_fini(struct thread *t)
{
	struct list removed = LIST_INIT(removed);

	signal_flush_locked(&t->pending, ~(u64)0, &removed);
	signal_free_entries(&removed);
}

int signal_exec(void)
{
	struct thread *t = current();
	struct process *p = t->process;
	struct sighand *old = p->sighand, *fresh = NULL;

	if (atomic_load(&old->ref.count) > 1) {
		int err = sighand_copy(old, &fresh);

		if (err < 0)
			return err;
	}
	lock_acquire(&old->lock);
	if (fresh != NULL)
		atomic_store(&p->sighand, fresh);
	else
		actions_exec(old);
	lock_release(&old->lock);
	if (fresh != NULL) {
		actions_exec(fresh);
		/* A sender may be about to take the old one's lock: it goes one exec later. */
		sighand_put(p->sig.retired);
		p->sig.retired = old;
	}
	t->altstack = (struct linux_stack_t){ .ss_flags = LINUX_SS_DISABLE };
	t->restart_fn = NULL;
	return 0;
}
