/*
 * Counting calls. See stats.h.
 *
 * The counters are in the trace region, where the broker reads them in the end, even of a
 * sandbox that died. They are in TRACE_SHARDS sets; a thread uses the set of its number, and
 * adds without a locked instruction. Two threads that share a set and make the same call at
 * the very same time may lose a count, which is worth the speed.
 */
#include "kernel/sys/stats.h"

#include "abi/errno.h"
#include "abi/linux/syscall.h"
#include "abi/syscalls.h"
#include "kernel/boot.h"
#include "kernel/debug/trace.h"
#include "kernel/task/task.h"
#include "lib/atomic.h"
#include "platform/plat.h"

/*
 * Reading the clock twice costs as much as a short call. So one of so many calls is timed and
 * counts for all of them; but every one of the first, and of those that follow a call which
 * has reached the host, as many, because others like it are likely to.
 */
#define SAMPLE 16u

static struct kstack_top *own_top(void)
{
	u64 sp;

	__asm__("mov %%rsp, %0" : "=r"(sp));
	return (struct kstack_top *)((sp | (KSTACK_SIZE - 1)) + 1) - 1;
}

static struct trace_stats *own_stats(const struct thread *t)
{
	return &trace_region->stats[(u32)t->tid % TRACE_SHARDS];
}

static void add(u64 *counter, u64 n)
{
	atomic_store_relaxed(counter, atomic_load_relaxed(counter) + n);
}

static void add_time(struct trace_stat *s, u64 ticks, u32 weight)
{
	add(&s->ticks, ticks * weight);
	add(&s->timed, weight);
	if (ticks > atomic_load_relaxed(&s->max))
		atomic_store_relaxed(&s->max, ticks);
}

void stats_enter(struct stats_call *c, const struct thread *t, s64 nr, bool trapped)
{
	struct kstack_top *top = own_top();
	struct trace_stat *s;

	top->calls++;
	if ((u64)nr >= LINUX_SYS_LIMIT) {
		c->stat = NULL;
		return;
	}
	s = c->stat = &own_stats(t)->calls[nr];
	c->host_calls = top->host_calls;
	u64 n = atomic_load_relaxed(&s->count);

	atomic_store_relaxed(&s->count, n + 1);
	if (trapped)
		add(&s->traps, 1);
	c->weight = n < SAMPLE || atomic_load_relaxed(&s->near_host) != 0 ? 1 :
		    n % SAMPLE == 0 ? SAMPLE : 0;
	if (c->weight != 0)
		c->start = trace_ticks();
}

u64 stats_exit(const struct stats_call *c, s64 result)
{
	struct trace_stat *s = c->stat;
	u64 host_calls;

	if (s == NULL)
		return 0;
	host_calls = own_top()->host_calls - c->host_calls;
	if (host_calls != 0) {
		add(&s->host_calls, host_calls);
		atomic_store_relaxed(&s->near_host, SAMPLE);
	}
	if (c->weight != 0) {
		add_time(s, trace_ticks() - c->start, c->weight);
		if (host_calls == 0 && atomic_load_relaxed(&s->near_host) != 0)
			add(&s->near_host, (u64)-1);
	}
	if (result < 0 && result >= -4095)
		add(&s->errors, 1);
	return host_calls;
}

void stats_unknown(s64 nr)
{
	/* One set for all: the first of the sandbox is to be seen. */
	struct trace_stats *stats = &trace_region->stats[0];

	if ((u64)nr >= LINUX_SYS_LIMIT) {
		if (atomic_add(&stats->unknown_other, 1) == 0 &&
		    (boot_block()->flags & BOOT_LOG))
			plat_log("call number %ld is outside the table: ENOSYS", (long)nr);
		return;
	}
	if (atomic_add(&stats->unknown[nr], 1) > 0 || !(boot_block()->flags & BOOT_LOG))
		return;
	const struct syscall_desc *d = syscall_desc_find((u64)nr);

	plat_log("call %s(%ld) is not served: ENOSYS%s%s", d != NULL ? d->name : "?", (long)nr,
		 d != NULL && d->note[0] != '\0' ? ": " : "", d != NULL ? d->note : "");
}

void stats_report_unknown(void)
{
	const struct trace_stats *stats = &trace_region->stats[0];

	for (u32 nr = 0; nr < LINUX_SYS_LIMIT; nr++) {
		const struct syscall_desc *d = syscall_desc_find(nr);

		if (stats->unknown[nr] > 1)
			plat_log("call %s(%u) was refused with ENOSYS %lu times",
				 d != NULL ? d->name : "?", nr, stats->unknown[nr]);
	}
}
