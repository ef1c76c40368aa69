/* The timer state inside every process. time.h has the functions. */
#ifndef NACRE_KERNEL_TIME_STATE_H
#define NACRE_KERNEL_TIME_STATE_H

#include "abi/linux/resource.h"
#include "kernel/sync/lock.h"
#include "lib/list.h"
#include "lib/types.h"

struct ktimer;
struct posix_timer;
struct thread;

/* A node of the pairing heap of armed timers; see timer.c. */
struct ktimer_node {
	struct ktimer_node *child, *next, *prev; /* prev: elder sibling, or parent of the eldest */
};

enum ktimer_kind {
	KTIMER_NONE = 0,
	KTIMER_ITIMER_REAL,
	KTIMER_ITIMER_VIRTUAL,
	KTIMER_ITIMER_PROF,
	KTIMER_CPU_LIMIT, /* RLIMIT_CPU */
	KTIMER_POSIX,
	KTIMER_TIMERFD,
};

/* Zero is a timer that is not armed. All under the timers' lock. */
struct ktimer {
	struct ktimer_node node;
	u64 deadline;         /* CLOCK_MONOTONIC ns */
	struct process *home; /* in whose queue it is; NULL: not queued, or an orphan */
	bool queued;
	u8 kind;              /* enum ktimer_kind; I */
};

/* setitimer: values in ns of the timer's own clock. */
struct itimer {
	struct ktimer timer;
	u64 expires;  /* absolute, 0: disarmed */
	u64 interval; /* 0: once */
	u64 seen;     /* CPU time at the last look */
};

/* What a host process of one thread had used before it became the process's, by getrusage. */
struct time_base {
	struct linux_rusage usage;
	u64 cpu[3]; /* ns of its CPU clocks, by LINUX_CPUCLOCK_x */
};

struct process_time {
	struct ktimer_node *queue; /* timers' lock: earliest first */
	struct list helper_link;   /* timers' lock: of processes with a helper thread */
	struct thread *helper;     /* timers' lock: the helper once it runs */
	bool helper_started;       /* timers' lock */
	bool helper_parked;        /* timers' lock: it will not look at the process again */
	struct thread *waits_for_helper; /* timers' lock: who ends the process */
	struct itimer itimers[3];  /* timers' lock: by LINUX_ITIMER_x */
	struct itimer cpu_limit;   /* timers' lock: RLIMIT_CPU */
	struct lock lock;          /* posix_timers */
	struct list posix_timers;  /* of posix_timer.link; initialised on first use */
	s32 next_timer_id;
	struct linux_rusage children; /* timers' lock: waited-for children and theirs */
	struct linux_rusage final;    /* timers' lock: what the process itself used, once ended */
	bool ended;                   /* timers' lock */
	struct time_base base;        /* timers' lock: not the process's own; zero: all is */
};

#endif
