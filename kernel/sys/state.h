/* Data that prctl, sched_* and their like keep with every thread and process. */
#ifndef NACRE_KERNEL_SYS_STATE_H
#define NACRE_KERNEL_SYS_STATE_H

#include "lib/types.h"

#define CPUS_MAX 1024u

/* Copied from the creating thread as a whole. Zero is the default everywhere. */
struct thread_attr {
	u64 affinity[CPUS_MAX / 64]; /* all zero: every CPU */
	s32 nice;
	u32 policy;         /* LINUX_SCHED_*; FIFO and RR are never granted */
	bool reset_on_fork;
	u16 ioprio;         /* 0: none set */
	u64 timer_slack;    /* ns; 0: the default */
	u64 timer_slack_default; /* ns, what the creator had then; 0: 50000 */
};

/* Copied from the parent by fork, except pdeath_signal; exec resets what Linux resets. */
struct process_attr {
	s32 pdeath_signal;    /* sent when the parent ends; 0: none */
	bool child_subreaper; /* orphaned descendants come here; not inherited */
	bool thp_disable;
	u32 mdwe;
	u32 personality;
	u32 membarrier;       /* registered commands */
	u32 tsc_mode;         /* 0: LINUX_PR_TSC_ENABLE */
	bool io_flusher;
	s32 oom_score_adj;    /* a: what /proc says; nobody acts on it */
};

struct process;
struct thread;

/* sched.c: a new thread has its creator's attributes: SCHED_RESET_ON_FORK takes effect. */
void sched_thread_init(struct thread *t);
/* cred.c: the calling process execs: capabilities, saved ids, securebits and the like. */
void sys_process_exec(struct process *p);

#endif
