/* Statistics of a sandbox's calls: the box of --stats, tables and JSON. */
#ifndef NACRE_TRACE_STATS_H
#define NACRE_TRACE_STATS_H

#include "trace/out.h"
#include "trace/record.h"

/*
 * One call's row, of all shards. Times in ns; of calls that never reach the host only a sample
 * is timed, and ns is what it would be for all.
 */
struct stats_row {
	u32 nr;
	u64 count, errors, ns, max_ns, traps, host_calls, unknown;
};

struct stats_sum {
	struct stats_row rows[LINUX_SYS_LIMIT]; /* calls that were made, most frequent first */
	u32 row_count;
	u64 count, errors, unknown; /* of all, numbers outside the table included */
	u64 unknown_other;          /* of these */
};

/*
 * Add up the TRACE_SHARDS sets at shards. ns and ticks: how long the sandbox took by both
 * clocks. The numbers are the guest's to invent; sums may wrap, nothing else happens.
 */
void stats_add_up(const struct trace_stats *shards, u64 ns, u64 ticks, struct stats_sum *ret);

/* The box that small kernels draw, wider where a name or number needs it. */
void stats_box(const struct stats_sum *sum, struct out *out);
/* All columns, and the call sites that have trapped. */
void stats_table(const struct stats_sum *sum, const struct trace_sites *sites, struct out *out);
/* One JSON object and a newline: both, and how each call site is served. */
void stats_json(const struct stats_sum *sum, const struct trace_sites *sites, struct out *out);

#endif
