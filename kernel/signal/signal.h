/*
 * Signals: sending, waiting for, and delivering them.
 *
 * OVERVIEW. send.c puts a signal into a thread's or a process's queue and makes a thread
 * look at it; deliver.c takes it out on the way back to the guest and ends, stops or
 * continues the process or builds a frame (kernel/x86_64/sigframe.c) for its handler; stop.c
 * is job control. Nothing here asks the host: guest signals are data.
 *
 * LIFETIME. A queued signal is a struct signal_entry, freed when it is taken or flushed; one
 * that belongs to a POSIX timer lies in the timer and holds a reference to it.
 *
 * LOCKING. sighand->lock covers dispositions, masks, the queues, process.sig, and the list
 * of a process's threads (together with task_lock; signal_thread_attach/detach). It is
 * taken with sighand_lock(). Under it: the heap's lock. Threads are woken after its release.
 *
 * NOT DONE. ptrace.
 */
#ifndef NACRE_KERNEL_SIGNAL_SIGNAL_H
#define NACRE_KERNEL_SIGNAL_SIGNAL_H

#include "abi/linux/signal.h"
#include "kernel/task/task.h"

#define SIG_BIT(sig) ((u64)1 << ((sig) - 1))

#define SIGS_UNBLOCKABLE (SIG_BIT(LINUX_SIGKILL) | SIG_BIT(LINUX_SIGSTOP))
#define SIGS_STOP                                                                 \
	(SIG_BIT(LINUX_SIGSTOP) | SIG_BIT(LINUX_SIGTSTP) | SIG_BIT(LINUX_SIGTTIN) | \
	 SIG_BIT(LINUX_SIGTTOU))
#define SIGS_DEFAULT_IGNORE                                                       \
	(SIG_BIT(LINUX_SIGCONT) | SIG_BIT(LINUX_SIGCHLD) | SIG_BIT(LINUX_SIGWINCH) | \
	 SIG_BIT(LINUX_SIGURG))
/* Raised by an instruction; taken before all others. */
#define SIGS_SYNCHRONOUS                                                          \
	(SIG_BIT(LINUX_SIGSEGV) | SIG_BIT(LINUX_SIGBUS) | SIG_BIT(LINUX_SIGILL) |  \
	 SIG_BIT(LINUX_SIGTRAP) | SIG_BIT(LINUX_SIGFPE) | SIG_BIT(LINUX_SIGSYS))

static inline bool signal_valid(int sig)
{
	return sig >= 1 && sig <= LINUX_NSIG;
}

/* --- life of the state: called by kernel/task --- */

/* Once, in the first process, before any other. */
MUST_USE int signal_init(void);
MUST_USE int sighand_create(struct sighand **ret);
/* Same dispositions (fork). */
MUST_USE int sighand_copy(struct sighand *from, struct sighand **ret);
void sighand_put(struct sighand *sh);

/* New process, before it has threads. */
void signal_process_init(struct process *p);
/* The last reference is gone: queues are flushed. */
void signal_process_fini(struct process *p);
/* New thread of a creator (NULL: first of all): empty queue, mask and frame pointer copied. */
void signal_thread_init(struct thread *t, const struct thread *creator);
/* Put the thread on its process's list / take it off. task_lock is held by the caller. */
void signal_thread_attach(struct thread *t);
void signal_thread_detach(struct thread *t);
void signal_thread_fini(struct thread *t);
/*
 * The calling process execs: own dispositions, caught signals back to default, no alternate
 * stack, no restart. -ENOMEM before anything is changed.
 */
MUST_USE int signal_exec(void);
/* A new process catches nothing (CLONE_CLEAR_SIGHAND); what is ignored stays so. */
void signal_reset_handlers(struct sighand *sh);

/* --- sending. Results: 0, -EAGAIN (a queue is full), never -ESRCH. --- */

int signal_send_thread(struct thread *t, const struct linux_siginfo *info);
int signal_send_process(struct process *p, const struct linux_siginfo *info);
/* info as kill(2) from the calling process gives it; code: LINUX_SI_USER or SI_TKILL. */
void signal_info_user(struct linux_siginfo *info, int sig, int code);
/* To the calling thread, from the kernel (SIGPIPE, SIGXFSZ): as if the process sent it. */
void signal_send_self(int sig);
/* To every process of a group / session leader's group, from the kernel: terminals. */
void signal_send_group(s32 pgid, int sig);
/*
 * To the calling thread, unstoppable: a blocked or ignored signal gets its default action,
 * as Linux's force_sig does.
 */
void signal_force(const struct linux_siginfo *info);
/* The same with SI_KERNEL and nothing else: SIGSEGV for frames that cannot be built. */
void signal_force_kernel(int sig);
/* A fault the CPU reported in guest code; registers are in t->regs. */
void signal_fault(struct thread *t, int sig, int code, uaddr_t addr, u64 trapno, u64 err);
/*
 * From a host signal handler, anywhere: only notes the signal for the next return. typed: it
 * comes from a key of the user's terminal.
 */
void signal_from_outside(int sig, bool typed);
/* Send what signal_from_outside() has noted for p. */
void signal_send_outside(struct process *p);

/* The process with the lowest number above pid, with a reference; NULL: none. */
MUST_USE struct process *process_after(s32 pid);

/* May the caller send sig to p? 0, -EPERM, -EINVAL. */
MUST_USE int signal_check_permission(struct process *p, int sig);

/* --- masks and waiting --- */

/* The calling thread's mask; KILL and STOP are taken out. */
void signal_set_mask(u64 mask);
/*
 * For ppoll, pselect, sigsuspend, epoll_pwait: fetch a set of size bytes and use it until the
 * call returns or a handler has run. set 0: nothing to do. 0, -EINVAL, -EFAULT.
 */
MUST_USE int signal_use_mask_user(uaddr_t set, u64 size);
/* The call that used signal_use_mask_user() was not interrupted: put the old mask back. */
void signal_restore_mask(void);
/* All pending for the calling thread, blocked ones too. */
u64 signal_pending_set(struct thread *t);
/* Take one pending signal that is in set. Its number, 0: none. */
int signal_dequeue(struct thread *t, u64 set, struct linux_siginfo *ret);
/*
 * Woken when a signal is queued for p or one of its threads (and for others: look again).
 * It outlives p.
 */
struct waitq *signal_readers(const struct process *p);
/* WORK_SIGNAL of t is set if it has something to look at, else cleared. */
void signal_recalc(struct thread *t);

/* --- the way back to the guest --- */

struct signal_delivery {
	struct linux_siginfo info;
	struct linux_sigaction action;
};

/*
 * Called before going back to the guest when work is set or the call's result is a restart
 * code: exits, stops, builds frames, arranges restarts, puts the mask back.
 */
void signal_return_work(struct thread *t);
/* A handler that wants restart_syscall(2) to continue it: sets the function, returns the code. */
s64 signal_restart_with(s64 (*fn)(struct thread *t));

/* --- job control, for wait4 and waitid --- */

/* The signal that stopped the process and has not been reported, or 0; consume: it is now. */
int signal_stop_report(struct process *child, bool consume);
bool signal_continue_report(struct process *child, bool consume);

/* --- internal to kernel/signal --- */

/* Lock the dispositions and queues of p; the result is what to unlock. */
struct sighand *sighand_lock(struct process *p);
void sighand_unlock(struct sighand *sh);
void signal_recalc_locked(struct thread *t);
/* Give pending process signals of set, which t will not take, to another thread. */
void signal_retarget_locked(struct thread *t, u64 set);
/* Remove all signals of set from a queue; the entries go to removed. */
void signal_flush_locked(struct signal_queue *q, u64 set, struct list *removed);
void signal_free_entries(struct list *removed);
int signal_dequeue_locked(struct thread *t, u64 set, struct linux_siginfo *ret,
			  struct list *removed);
/* Wake the threads of p marked under the lock. */
void signal_wake_marked(struct process *p);
/* Like signal_force_kernel, but a handler is not run either. */
void signal_force_fatal(int sig);
/* stop.c */
void signal_stop_begin_locked(struct thread *t, int sig);
void signal_stop_wait(struct thread *t);
/* Undo a stop; true: the process was stopped. Threads are marked. */
bool signal_continue_locked(struct process *p);
/* True: just now the last thread has stopped, the parent must be told. */
bool signal_stop_complete_locked(struct process *p);
bool signal_group_orphaned(s32 pgid);
/* Has p a parent of its session in another group, who could continue it? task_lock is held. */
bool signal_is_watched_locked(const struct process *p);
/* Tell the parent: LINUX_CLD_STOPPED or LINUX_CLD_CONTINUED. No lock may be held. */
void signal_notify_parent(struct process *p, int code, int status);
/* The same with task_lock held. */
void signal_notify_parent_locked(struct process *p, int code, int status);

#endif
