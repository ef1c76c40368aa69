/* Statistics of a sandbox's calls. See stats.h. */
#include "trace/stats.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/syscalls.h"
#include "trace/event.h"

/* --- adding up --- */

static int by_count(const void *a, const void *b)
{
	const struct stats_row *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return x->nr < y->nr ? -1 : x->nr > y->nr;
}

static u64 to_ns(u64 ticks, u64 ns, u64 all_ticks)
{
	return all_ticks == 0 ? 0 : (u64)((double)ticks * ((double)ns / (double)all_ticks));
}

void stats_add_up(const struct trace_stats *shards, u64 ns, u64 ticks, struct stats_sum *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (u32 nr = 0; nr < LINUX_SYS_LIMIT; nr++) {
		struct stats_row row = { .nr = nr };
		u64 spent = 0, max = 0, timed = 0;

		for (u32 i = 0; i < TRACE_SHARDS; i++) {
			/* Copied once: it may change under us. */
			struct trace_stat s = shards[i].calls[nr];

			row.count += s.count;
			row.errors += s.errors;
			row.traps += s.traps;
			row.host_calls += s.host_calls;
			row.unknown += shards[i].unknown[nr];
			spent += s.ticks;
			timed += s.timed;
			max = MAX(max, s.max);
		}
		if (row.count == 0)
			continue;
		row.ns = to_ns(spent, ns, ticks);
		/* Those that were timed stand for the others. */
		if (timed != 0 && timed < row.count)
			row.ns = (u64)((double)row.ns / (double)timed * (double)row.count);
		row.max_ns = to_ns(max, ns, ticks);
		ret->rows[ret->row_count++] = row;
		ret->count += row.count;
		ret->errors += row.errors;
		ret->unknown += row.unknown;
	}
	for (u32 i = 0; i < TRACE_SHARDS; i++)
		ret->unknown_other += shards[i].unknown_other;
	ret->unknown += ret->unknown_other;
	ret->count += ret->unknown_other;
	ret->errors += ret->unknown_other;
	qsort(ret->rows, ret->row_count, sizeof(ret->rows[0]), by_count);
}

/* --- the box --- */

#define TITLE "Linux Syscall Statistics Summary"

/* Columns between the lines, blanks at both ends included. */
struct box {
	int number, name, count, all;
};

static int digits(u64 n)
{
	return snprintf(NULL, 0, "%llu", (unsigned long long)n);
}

static void rule(const struct box *b, const char *left, const char *right, struct out *out)
{
	out_text(out, left);
	for (int i = 0; i < b->all; i++)
		out_text(out, "\xe2\x95\x90");
	out_text(out, right);
	out_text(out, "\n");
}

static void line(const struct box *b, const char *text, struct out *out)
{
	out_put(out, "\xe2\x95\x91%-*s\xe2\x95\x91\n", b->all, text);
}

static void row(const struct box *b, const char *number, const char *name, const char *count,
		struct out *out)
{
	out_put(out, "\xe2\x95\x91 %*s \xe2\x94\x82 %-*s \xe2\x94\x82 %-*s\xe2\x95\x91\n",
		b->number - 2, number, b->name - 2, name, b->count - 1, count);
}

static struct box box_measure(const struct stats_sum *sum)
{
	/* The document's. */
	struct box b = { .number = 5, .name = 21, .count = 18 };
	char name[32];

	for (u32 i = 0; i < sum->row_count; i++) {
		const struct stats_row *r = &sum->rows[i];

		b.name = MAX(b.name, (int)strlen(trace_call_name(r->nr, name, sizeof(name))) + 2);
		b.count = MAX(b.count, digits(r->count) + 2);
	}
	b.all = b.number + b.name + b.count + 2;
	return b;
}

void stats_box(const struct stats_sum *sum, struct out *out)
{
	struct box b = box_measure(sum);
	char text[128], number[16], count[24], name[32];
	int indent = (b.all - (int)strlen(TITLE)) / 2 - 1;

	rule(&b, "\xe2\x95\x94", "\xe2\x95\x97", out);
	snprintf(text, sizeof(text), "%*s%s", indent, "", TITLE);
	line(&b, text, out);
	rule(&b, "\xe2\x95\xa0", "\xe2\x95\xa3", out);
	snprintf(text, sizeof(text), " Total invocations: %llu", (unsigned long long)sum->count);
	line(&b, text, out);
	snprintf(text, sizeof(text), " Unknown syscalls:  %llu",
		 (unsigned long long)sum->unknown);
	line(&b, text, out);
	rule(&b, "\xe2\x95\xa0", "\xe2\x95\xa3", out);
	row(&b, "#", "Name", "Count", out);
	rule(&b, "\xe2\x95\xa0", "\xe2\x95\xa3", out);
	for (u32 i = 0; i < sum->row_count; i++) {
		const struct stats_row *r = &sum->rows[i];

		snprintf(number, sizeof(number), "%u", r->nr);
		snprintf(count, sizeof(count), "%llu", (unsigned long long)r->count);
		row(&b, number, trace_call_name(r->nr, name, sizeof(name)), count, out);
	}
	rule(&b, "\xe2\x95\x9a", "\xe2\x95\x9d", out);
}

/* --- the table --- */

void stats_table(const struct stats_sum *sum, struct out *out)
{
	char name[32];

	out_put(out, "%10s %8s %12s %11s %11s %10s %10s %8s  %s\n", "calls", "errors", "total us",
		"mean us", "max us", "trapped", "host calls", "unknown", "call");
	for (u32 i = 0; i < sum->row_count; i++) {
		const struct stats_row *r = &sum->rows[i];

		out_put(out, "%10llu %8llu %12.1f %11.3f %11.1f %10llu %10llu %8llu  %s\n",
			(unsigned long long)r->count, (unsigned long long)r->errors,
			(double)r->ns / 1e3, (double)r->ns / 1e3 / (double)r->count,
			(double)r->max_ns / 1e3, (unsigned long long)r->traps,
			(unsigned long long)r->host_calls, (unsigned long long)r->unknown,
			trace_call_name(r->nr, name, sizeof(name)));
	}
	out_put(out, "%10llu %8llu %65llu  total\n", (unsigned long long)sum->count,
		(unsigned long long)sum->errors, (unsigned long long)sum->unknown);
}

/* --- JSON --- */

static json_t *number(u64 n)
{
	return json_integer((json_int_t)n);
}

static json_t *row_json(const struct stats_row *r)
{
	char name[32];

	return json_pack("{s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "number", (int)r->nr,
			 "name", trace_call_name(r->nr, name, sizeof(name)), "count",
			 number(r->count), "errors", number(r->errors), "total_ns", number(r->ns),
			 "max_ns", number(r->max_ns), "trapped", number(r->traps), "host_calls",
			 number(r->host_calls), "unknown", number(r->unknown));
}

void stats_json(const struct stats_sum *sum, struct out *out)
{
	json_t *calls = json_array(), *all;
	char *text;

	for (u32 i = 0; i < sum->row_count; i++)
		json_array_append_new(calls, row_json(&sum->rows[i]));
	all = json_pack("{s:o, s:o, s:o, s:o, s:o}", "total", number(sum->count), "errors",
			number(sum->errors), "unknown", number(sum->unknown),
			"outside_the_table", number(sum->unknown_other), "calls", calls);
	text = all == NULL ? NULL : json_dumps(all, JSON_COMPACT);
	if (text != NULL) {
		out_text(out, text);
		out_text(out, "\n");
	}
	free(text);
	json_decref(all);
}
