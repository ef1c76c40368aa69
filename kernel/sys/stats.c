/*
 * Counting calls. See stats.h.
 *
 * The counters are in the trace region, where the broker reads them in the end, even of a
 * sandbox that died. They are in TRACE_SHARDS sets; a thread takes the first free one, whose
 * pages those before it have touched, and adds without a locked instruction. Threads beyond
 * TRACE_SHARDS share: two that make the same call at the very same time may lose a count,
 * which is worth the speed.
 */
#include "kernel/sys/stats.h"

#include "abi/errno.h"
#include "abi/syscalls.h"
#include "kernel/boot.h"
#include "platform/plat.h"

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

u64 stats_exit_more(const struct stats_call *c, s64 result)
{
	struct trace_stat *s = c->stat;
	u64 host_calls = kstack_top()->host_calls - c->host_calls;

	if (host_calls != 0) {
		add(&s->host_calls, host_calls);
		atomic_store_relaxed(&s->near_host, STATS_NEAR);
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
