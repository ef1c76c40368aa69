/* Counts and times of the calls that were shown, as strace -c prints them. */
#include <stdlib.h>

#include "trace/formatter.h"

#define LINE "------ ----------- ----------- --------- --------- ----------------\n"

struct summary_row {
	u32 nr;
	struct call_count count;
};

static int by_time(const void *a, const void *b)
{
	const struct summary_row *x = a, *y = b;

	if (x->count.ns != y->count.ns)
		return x->count.ns < y->count.ns ? 1 : -1;
	if (x->count.calls != y->count.calls)
		return x->count.calls < y->count.calls ? 1 : -1;
	return x->nr < y->nr ? -1 : x->nr > y->nr;
}

static void put_row(const struct call_count *c, u64 all_ns, const char *name, struct out *out)
{
	double part = all_ns == 0 ? 0 : 100.0 * (double)c->ns / (double)all_ns;

	out_put(out, "%6.2f %11.6f %11llu %9llu ", part, (double)c->ns / 1e9,
		(unsigned long long)(c->calls == 0 ? 0 : c->ns / 1000 / c->calls),
		(unsigned long long)c->calls);
	if (c->errors == 0)
		out_put(out, "%9s %s\n", "", name);
	else
		out_put(out, "%9llu %s\n", (unsigned long long)c->errors, name);
}

void format_summary_end(struct trace_formatter *f, struct out *out)
{
	static struct summary_row rows[LINUX_SYS_LIMIT];
	struct call_count all = { 0 };
	u32 count = 0;
	char name[32];

	for (u32 nr = 0; nr < LINUX_SYS_LIMIT; nr++) {
		if (f->counts[nr].calls == 0)
			continue;
		rows[count++] = (struct summary_row){ nr, f->counts[nr] };
		all.calls += f->counts[nr].calls;
		all.errors += f->counts[nr].errors;
		all.ns += f->counts[nr].ns;
	}
	qsort(rows, count, sizeof(rows[0]), by_time);
	out_text(out, "% time     seconds  usecs/call     calls    errors syscall\n" LINE);
	for (u32 i = 0; i < count; i++)
		put_row(&rows[i].count, all.ns, trace_call_name(rows[i].nr, name, sizeof(name)),
			out);
	out_text(out, LINE);
	put_row(&all, all.ns, "total", out);
}
