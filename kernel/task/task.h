/*
 * Threads and processes (thread groups).
 *
 * OVERVIEW. struct thread and struct process live in the shared heap, so that every process
 * of the sandbox can signal and wait for every other. A guest thread is one host thread, a
 * guest process one host process. What only concerns the own address space (VMAs, kernel
 * stacks) is private memory reached through pointers that mean something only there.
 *
 * LIFETIME. A thread holds a reference to its process; a process ends with its last thread,
 * stays as a zombie until waited for, and is freed when the last reference is put.
 *
 * LOCKING. Legend: I immutable, a atomic, o only the thread itself, s process.sig->lock,
 * t task_lock (the table, parents, children, groups), p process.lock.
 */
#ifndef NACRE_KERNEL_TASK_TASK_H
#define NACRE_KERNEL_TASK_TASK_H

#include "abi/linux/resource.h"
#include "abi/linux/signal.h"
#include "kernel/signal/state.h"
#include "kernel/sync/futex_state.h"
#include "kernel/sync/lock.h"
#include "kernel/sync/waitq.h"
#include "kernel/sys/state.h"
#include "kernel/time/state.h"
#include "kernel/x86_64/regs.h"
#include "lib/atomic.h"
#include "lib/list.h"

struct fdtable;
struct file;
struct fs_context;
struct mm;
struct tty;
struct vfork;
struct posix_timer;
struct process;
struct sem_undo;
struct sighand;

#define TASK_COMM_LEN 16

/* --- signals as data: kernel/signal has the functions --- */

struct signal_queue {
	u64 set;             /* signals present */
	struct list entries; /* of struct signal_entry, in order of arrival */
};

struct signal_entry {
	struct list link;
	struct posix_timer *timer; /* whose part the entry is; NULL: it is freed */
	struct linux_siginfo info;
	struct user *user;      /* I: for whom it counts; NULL: the timer does */
};

/* Dispositions, shared by CLONE_SIGHAND. */
struct sighand {
	struct ref ref;
	struct lock lock; /* also the pending queues of the processes and threads using it */
	struct linux_sigaction action[65]; /* s, by number */
};

enum thread_work {
	WORK_SIGNAL = 1 << 0,     /* look at the pending signals */
	WORK_EXIT = 1 << 1,       /* the group is ending: leave */
	WORK_RESTORE_MASK = 1 << 2, /* put saved_mask back (sigsuspend, ppoll) */
	WORK_EXEC = 1 << 3,       /* another thread execs: end this one */
	WORK_STOP = 1 << 4,       /* job control stop */
	WORK_FPU_LOADED = 1 << 5, /* the guest's vector state was replaced (sigreturn, exec) */
	WORK_REMAP = 1 << 6,      /* mapped files have changed: mm_refresh() */
};

/* What read and write calls have moved and how many there were: /proc/PID/io. */
struct io_account {
	u64 read, written, reads, writes;
};

static inline void io_account_add(struct io_account *to, const struct io_account *from)
{
	to->read += from->read;
	to->written += from->written;
	to->reads += from->reads;
	to->writes += from->writes;
}

struct thread {
	/* The entry code knows these by offset: kernel/x86_64/offsets.h. */
	struct thread *self;     /* I */
	u32 work;                /* a: enum thread_work, done before returning to the guest */
	u32 wake_word;           /* a: see waitq.h */
	u32 magic;               /* I: THREAD_MAGIC: %gs really leads here */
	void *kstack;            /* I: top of the kernel stack, private memory */
	u64 exit_ip, exit_sp;    /* o: where the guest goes on, in the last steps of an exit */

	struct ref ref;
	s32 tid;                 /* I: guest number */
	s32 host_tid;            /* I once running */
	u8 stat_set;             /* I: of the counters: kernel/sys/stats.c */
	bool stat_set_own;       /* t: nobody else has it */
	struct process *process; /* I, referenced */
	struct list group_link;  /* t and s: in process.threads */
	struct list hash_link;   /* t */
	struct thread *grave_next; /* a: in sandbox.leaving or .gone */
	u64 start_time;          /* I: CLOCK_MONOTONIC ns */
	struct vfork *vfork;     /* o: set while this thread runs on its parent's host thread */
	struct regs *regs;       /* o: the guest's registers during a call */

	u32 sleeping;            /* a: in thread_sleep */
	u32 sleep_seq;           /* a: of wake_word: another value, and it is as good as awake */
	u32 in_host_wait;        /* a: in an interruptible host call */

	struct waiter waiter;    /* o, linked under a queue's lock: WAIT_EVENT's */
	struct held_wakes wakes; /* o */

	struct fdtable *files;   /* o, referenced */
	struct fs_context *fs;   /* o, referenced */

	u64 sig_mask;            /* s: blocked signals, bit n-1 */
	u64 saved_mask;          /* o */
	struct signal_queue pending; /* s: for this thread alone */
	struct linux_stack_t altstack; /* o */
	u64 restart_deadline;    /* o: for restart_syscall */
	s64 (*restart_fn)(struct thread *t); /* o: NULL: none */
	u64 restart_args[4];     /* o */

	uaddr_t clear_child_tid; /* o */
	uaddr_t robust_list;     /* o */
	uaddr_t rseq;            /* o */
	char comm[TASK_COMM_LEN]; /* o writes, others read */
	int exit_code;           /* o: wait status form */
	u64 fault_err, fault_trapno, fault_cr2; /* o: of the last fault, for signal frames */
	u32 trace_ring;          /* o: kernel/debug/trace.c: its number + 1, 0: none yet */
	s32 trace_parent;        /* I: who created it */
	s32 kick_timer;          /* platform/linux: host timer that interrupts the thread, + 1 */
	/* What a new thread starts with: set by its creator. */
	u64 start_flags, start_fs;
	uaddr_t start_child_tid;
	struct regs start_regs;  /* and what a tracer sees of a stopped one */
	void *fpu_frame;         /* o: host frame with the guest's vector state; NULL: in the CPU */
	struct thread_signal sig; /* kernel/signal */
	struct process *tracer;  /* t: NULL: none */
	struct list tracee_link; /* t: in tracer.tracees */
	u32 trace_turn;          /* t: of the last stop */
	u64 trace_fs, trace_gs;  /* t: of a stopped one */
	struct futex_waiter futex; /* kernel/sync/futex.c */
	struct thread_attr attr; /* kernel/sys */
	struct io_account io;    /* o writes, others read */
};

struct cred {
	u32 uid, euid, suid, fsuid;
	u32 gid, egid, sgid, fsgid;
	u32 group_count;
	u32 groups[32];
	u64 cap_effective, cap_permitted, cap_inheritable, cap_bounding, cap_ambient;
	u32 securebits;
	bool no_new_privs;
};

struct process {
	struct ref ref;
	s32 pid;                  /* I */
	s32 pgid, sid;            /* t */
	struct process *parent;   /* t */
	struct list children;     /* t: of process.sibling */
	struct list sibling;      /* t */
	struct list tracees;      /* t: of thread.tracee_link */
	struct list all_link;     /* t */
	struct list threads;      /* t: of thread.group_link */
	u32 thread_count;         /* t: alive */
	struct tty *tty;          /* t: the controlling terminal, NULL: none */
	/* t: a leader's, whose terminal went: the foreground group then. */
	s32 tty_old_pgrp;
	struct thread *exec_thread; /* t: the thread that execs and waits for the others to end */
	bool zombie;              /* t: ended, not yet waited for */
	bool trap_only;           /* a: the guest uses %gs itself: no rewritten entry */
	bool execed;              /* t: has execed since its fork: setpgid is refused */
	struct lock lock;
	struct sighand *sighand;  /* I until exec, referenced */
	struct signal_queue pending; /* s: for the whole group */
	struct mm *mm;            /* I until exec, referenced; NULL: a zombie or the reaper */
	struct linux_rlimit64 rlimits[LINUX_RLIM_NLIMITS]; /* p */
	struct cred cred;         /* p: one for the group (glibc keeps threads equal) */
	struct file *exe;         /* p, referenced */
	char *cmdline;            /* p: argv as read by /proc/self/cmdline */
	size_t cmdline_len;
	char *environ;            /* p */
	size_t environ_len;
	char *auxv;               /* p: bytes as /proc/self/auxv shows */
	size_t auxv_len;
	bool exiting;             /* t */
	int exit_code;            /* t: wait status */
	u32 dumpable;             /* p */
	s32 exit_signal;          /* I: to the parent, SIGCHLD normally */
	s32 host_pid;             /* I */
	u64 start_time;           /* I: CLOCK_MONOTONIC ns */
	struct waitq child_wait;  /* woken when a child changes state */
	struct waitq end_wait;    /* woken when this process ends: pidfds */
	struct waitq vfork_wait;  /* woken when this process execs or ends */
	struct process_signal sig; /* kernel/signal */
	struct process_time time; /* kernel/time */
	struct sem_undo *sem_undos; /* p: kernel/ipc/sem.c */
	struct process_attr attr; /* p */
	struct io_account io;     /* t: of threads that ended and children waited for */
};

/* The calling thread. Valid in kernel code only: found from the kernel stack's address. */
#define KSTACK_SIZE 0x20000ul /* a slot: guard page at the bottom, struct kstack_top at the top */

struct kstack_top {
	struct thread *thread;
	u64 host_calls; /* statistics of the thread, added up when it ends */
	u64 calls;
	u8 locks_held[56]; /* of each rank, in debug builds; see kernel/locks.h */
};

static_assert(sizeof(struct kstack_top) % 16 == 0, "the stack below is aligned");

#ifdef PLAT_FAKE
struct thread *current(void);
#else
static inline struct kstack_top *kstack_top(void)
{
	u64 sp;

	__asm__("mov %%rsp, %0" : "=r"(sp));
	return (struct kstack_top *)((sp | (KSTACK_SIZE - 1)) + 1) - 1;
}

static inline struct thread *current(void)
{
	return kstack_top()->thread;
}
#endif

/* Does current() have a signal to deliver or must it leave? */
static inline bool signal_pending(void)
{
	return atomic_load(&current()->work) & (WORK_SIGNAL | WORK_EXIT | WORK_EXEC);
}

/* RLIMIT_x of the current process, soft value. */
u64 task_rlimit(int which);

struct thread *thread_get(struct thread *t);
void thread_put(struct thread *t);
struct process *process_get(struct process *p);
void process_put(struct process *p);
/* By number, with a reference; NULL: none. */
MUST_USE struct thread *thread_find(s32 tid);
MUST_USE struct process *process_find(s32 pid);

/* End the calling thread / its whole process. status: wait status form. */
NORETURN void thread_exit(int status);
NORETURN void process_exit(int status);

#endif
