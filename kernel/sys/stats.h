/* Counting calls, for the closing line, --stats and the log of unknown calls. */
#ifndef NACRE_KERNEL_SYS_STATS_H
#define NACRE_KERNEL_SYS_STATS_H

#include "abi/linux/syscall.h"
#include "kernel/debug/trace.h"
#include "kernel/task/task.h"
#include "lib/atomic.h"

/*
 * Reading the clock twice costs as much as a short call. So one of STATS_SAMPLE calls is timed
 * and counts for all of them; but every one of the first, and of those that follow a call which
 * has reached the host, STATS_NEAR each, because others like it are likely to.
 */
#define STATS_SAMPLE 64u
#define STATS_NEAR 16u

/* A call on its way, on its thread's stack. */
struct stats_call {
	struct trace_stat *stat; /* NULL: a number outside the table */
	u64 start;               /* ticks, if it is timed */
	u64 host_calls;          /* of the thread when it began */
	u32 weight;              /* for how many calls its time counts; 0: it is not timed */
};

/* trapped: the call came by a signal, not by a rewritten instruction. */
static inline void stats_enter(struct stats_call *c, const struct thread *t, s64 nr,
			       bool trapped)
{
	struct kstack_top *top = kstack_top();
	struct trace_stat *s;
	u64 n;

	top->calls++;
	c->weight = 0;
	c->stat = NULL;
	if (unlikely((u64)nr >= LINUX_SYS_LIMIT))
		return;
	s = c->stat = &trace_region->stats[t->stat_set].calls[nr];
	c->host_calls = top->host_calls;
	n = atomic_load_relaxed(&s->count);
	atomic_store_relaxed(&s->count, n + 1);
	if (unlikely(trapped))
		atomic_store_relaxed(&s->traps, atomic_load_relaxed(&s->traps) + 1);
	if (unlikely(n < STATS_NEAR || atomic_load_relaxed(&s->near_host) != 0))
		c->weight = 1;
	else if (unlikely(n % STATS_SAMPLE == 0))
		c->weight = STATS_SAMPLE;
	if (unlikely(c->weight != 0))
		c->start = trace_ticks();
}

u64 stats_exit_more(const struct stats_call *c, s64 result);

/* On the same kernel stack. Value: the host calls that were made meanwhile. */
static inline u64 stats_exit(const struct stats_call *c, s64 result)
{
	if (c->stat == NULL ||
	    likely(c->weight == 0 && result >= 0 && kstack_top()->host_calls == c->host_calls))
		return 0;
	return stats_exit_more(c, result);
}

/* A call that nobody serves: logged by name the first time. */
void stats_unknown(s64 nr);
/* One line per unknown call with how often it came; when the sandbox ends. */
void stats_report_unknown(void);

#endif
