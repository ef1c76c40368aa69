/* The signal state inside every thread and process. signal.h has the functions. */
#ifndef NACRE_KERNEL_SIGNAL_STATE_H
#define NACRE_KERNEL_SIGNAL_STATE_H

#include "kernel/sync/waitq.h"
#include "lib/types.h"

struct sighand;

/* Legend: a atomic, o the thread itself, s process.sighand->lock. All zero at first. */
struct thread_signal {
	u64 real_mask;  /* s: the mask outside rt_sigtimedwait, which opens it for what it awaits */
	bool marked;    /* s: to be woken when the lock is released */
	bool stopped;   /* s: sleeping in a job control stop */
	u32 trace_stop; /* a, written under s: a tracer's stop, by its turn; 0: none */
	bool trace_stopped;    /* s and t: it sleeps in that */
	bool trace_unreported; /* s: and the tracer has not waited for it */
};

struct process_signal {
	u64 outside;            /* a: from outside the sandbox, to be sent at the next chance */
	u64 outside_typed;      /* a: the same, typed at the user's terminal */
	s32 stop_signal;        /* s: stopping or stopped by this signal, 0: running */
	bool stop_complete;     /* s: every thread has stopped */
	s32 stop_unreported;    /* s: the signal, until the parent has waited for the stop */
	bool continue_unreported; /* s: continued, until the parent has waited for that */
	bool killed;            /* a: by SIGKILL, whatever else its threads end of */
	struct sighand *retired; /* replaced by exec; a sender may still hold its lock */
};

#endif
