/* Every task of the sandbox: numbers, parents, groups. All under task_lock. */
#ifndef NACRE_KERNEL_TASK_TABLE_H
#define NACRE_KERNEL_TASK_TABLE_H

#include "kernel/task/task.h"
#include "kernel/task/user.h"

#define PID_MAX 4194304
#define PID_REAPER 1

/* The load average as it was when somebody last looked: kernel/fs/proc/system.c. */
struct load {
	u64 stamp;      /* CLOCK_MONOTONIC ns */
	u64 cpu;        /* ns used until then */
	u64 average[3]; /* over 1, 5 and 15 minutes, in 1/2048 */
};

#define SANDBOX_USER_BUCKETS 16u

struct sandbox {
	struct lock lock;        /* "task_lock" */
	s32 last_pid;
	u32 process_count, thread_count; /* alive; zombies not */
	u32 zombie_count;        /* of processes, from their last thread's end on */
	struct list processes;   /* of process.all_link, zombies too */
	struct list *tid_hash;   /* of thread.hash_link */
	/*
	 * a: last threads of processes: whose host process may still run, and whose is gone.
	 * Stacks of thread.grave_next, pushed and taken whole, because the reaper takes no lock.
	 */
	struct thread *leaving, *gone;
	struct process *reaper;  /* pid 1: adopts orphans */
	struct process *first;   /* the program the user named */
	u64 calls, host_calls;   /* a: of threads that have ended */
	u64 forks;               /* a: for /proc/stat */
	u32 aio_events;          /* a: kernel/obj/aio.c: what all contexts may hold */
	struct lock epoll_lock;  /* kernel/obj/epoll.c: a set is put into a set */
	bool ended;              /* the first process has ended */
	bool left;               /* a: ... and its host process, too, is as good as gone */
	int status;              /* ... with this wait status */
	struct load load;        /* task_lock */
	u64 stat_sets;           /* task_lock: a bit for each set of counters that has a thread */
	const struct vdso_copies *vdso; /* a: kernel/x86_64/vdso.c: set once */
	struct user *users[SANDBOX_USER_BUCKETS]; /* a: only added to */
	struct user other_user;  /* of those there was no memory for */
};

extern struct sandbox *sandbox;

void task_lock(void);
void task_unlock(void);

MUST_USE int sandbox_create(void);
/*
 * A new process with its own number and nothing else: no threads, no memory. creator: whose
 * limits, credentials, groups and attributes it gets; NULL for the reaper.
 */
MUST_USE int process_create(struct process *creator, s32 pid, struct process **ret);
/* A new thread of p that is in no list yet. tid 0: take a free number. */
MUST_USE int thread_create(struct process *p, struct thread *creator, s32 tid, struct thread **ret);
/* Make it known: list of its process, table. task_lock is held. */
void thread_publish_locked(struct thread *t);
/* It has ended, or never ran: nobody finds it by its number any more. task_lock is held. */
void thread_unlist_locked(struct thread *t);
/* The thread's number has changed. task_lock is held. */
void thread_rehash_locked(struct thread *t);
/* Put p under parent. task_lock is held. */
void process_set_parent_locked(struct process *p, struct process *parent);
/* Take a zombie out of the table and drop the table's reference. task_lock is held. */
void process_unlink_locked(struct process *p);
/* Borrowed; task_lock is held. */
struct process *process_find_locked(s32 pid);

/* Statistics of the calling thread go to the sandbox's totals. */
void thread_account(struct thread *t);

#endif
