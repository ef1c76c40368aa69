/* Counting calls, for the closing line, --stats and the log of unknown calls. */
#ifndef NACRE_KERNEL_SYS_STATS_H
#define NACRE_KERNEL_SYS_STATS_H

#include "lib/types.h"

struct thread;
struct trace_stat;

/* A call on its way, on its thread's stack. */
struct stats_call {
	struct trace_stat *stat; /* NULL: a number outside the table */
	u64 start;               /* ticks, if it is timed */
	u64 host_calls;          /* of the thread when it began */
	u32 weight;              /* for how many calls its time counts; 0: it is not timed */
};

/* trapped: the call came by a signal, not by a rewritten instruction. */
void stats_enter(struct stats_call *c, const struct thread *t, s64 nr, bool trapped);
/* On the same kernel stack. Value: the host calls that were made meanwhile. */
u64 stats_exit(const struct stats_call *c, s64 result);
/* A call that nobody serves: logged by name the first time. */
void stats_unknown(s64 nr);
/* One line per unknown call with how often it came; when the sandbox ends. */
void stats_report_unknown(void);

#endif
