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
		if (timed != 0)
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

/* --- call sites --- */

static const char *const forms[TRACE_SITE_FORMS] = {
	[TRACE_SITE_TRAP] = "trap",       [TRACE_SITE_PRIVATE] = "private",
	[TRACE_SITE_JUMP] = "jump",       [TRACE_SITE_PADDING] = "padding",
	[TRACE_SITE_BEFORE] = "before",
};

static const char *const whys[TRACE_WHYS] = {
	[TRACE_WHY_FEW] = "too few traps in its text",
	[TRACE_WHY_ROOM] = "no room for a jump or its stub",
	[TRACE_WHY_TEXT] = "its text cannot be copied",
};

/* A site as it was at one moment, with numbers that mean something. False: there is none. */
static bool site_take(const struct trace_sites *sites, u32 i, struct trace_site *ret)
{
	if (i >= TRACE_SITES || i >= sites->site_count)
		return false;
	*ret = sites->sites[i];
	if (ret->text >= TRACE_TEXTS)
		ret->text = 0;
	if (ret->form >= TRACE_SITE_FORMS)
		ret->form = TRACE_SITE_TRAP;
	if (ret->why >= TRACE_WHYS)
		ret->why = TRACE_WHY_NOTHING;
	return true;
}

/* Name a text: a file's, which may hold any bytes. */
static const char *text_name(const struct trace_sites *sites, u32 text,
			     char name[TRACE_TEXT_NAME + 1])
{
	memcpy(name, sites->texts[text].name, TRACE_TEXT_NAME);
	name[TRACE_TEXT_NAME] = '\0';
	for (char *c = name; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return name[0] == '\0' ? "?" : name;
}

static void sites_table(const struct trace_sites *sites, struct out *out)
{
	char name[TRACE_TEXT_NAME + 1];
	struct trace_site s;
	bool any = false;

	for (u32 i = 0; site_take(sites, i, &s); i++) {
		if (s.traps == 0)
			continue;
		if (!any)
			out_put(out, "\n%10s %-8s %s\n", "trapped", "served by", "call site");
		any = true;
		out_put(out, "%10llu %-9s %s+0x%llx", (unsigned long long)s.traps, forms[s.form],
			text_name(sites, s.text, name), (unsigned long long)s.offset);
		if (whys[s.why] != NULL)
			out_put(out, " (%s)", whys[s.why]);
		out_put(out, "\n");
	}
	if (sites->elsewhere != 0)
		out_put(out, "%10llu %-9s outside of files' unchanged text\n",
			(unsigned long long)sites->elsewhere, forms[TRACE_SITE_TRAP]);
}

/* --- the table --- */

void stats_table(const struct stats_sum *sum, const struct trace_sites *sites, struct out *out)
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
	sites_table(sites, out);
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

static json_t *site_json(const struct trace_site *s)
{
	json_t *site = json_pack("{s:o, s:o, s:s}", "offset", number(s->offset), "trapped",
				 number(s->traps), "served_by", forms[s->form]);

	if (whys[s->why] != NULL)
		json_object_set_new(site, "why", json_string(whys[s->why]));
	return site;
}

/* The texts, each with its sites. */
static json_t *texts_json(const struct trace_sites *sites)
{
	u32 count = MIN(sites->text_count, TRACE_TEXTS);
	json_t *texts = json_array();
	char name[TRACE_TEXT_NAME + 1];
	struct trace_site s;

	for (u32 i = 0; i < count; i++)
		json_array_append_new(
			texts, json_pack("{s:s, s:o, s:b, s:[]}", "file", text_name(sites, i, name),
					 "trapped", number(sites->texts[i].traps), "shared",
					 sites->texts[i].shared != 0, "sites"));
	for (u32 i = 0; site_take(sites, i, &s); i++)
		json_array_append_new(json_object_get(json_array_get(texts, s.text), "sites"),
				      site_json(&s));
	return texts;
}

void stats_json(const struct stats_sum *sum, const struct trace_sites *sites, struct out *out)
{
	json_t *calls = json_array(), *all;
	char *text;

	for (u32 i = 0; i < sum->row_count; i++)
		json_array_append_new(calls, row_json(&sum->rows[i]));
	all = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "total", number(sum->count),
			"errors", number(sum->errors), "unknown", number(sum->unknown),
			"outside_the_table", number(sum->unknown_other), "calls", calls,
			"trapped_elsewhere", number(sites->elsewhere), "texts",
			texts_json(sites));
	text = all == NULL ? NULL : json_dumps(all, JSON_COMPACT);
	if (text != NULL) {
		out_text(out, text);
		out_text(out, "\n");
	}
	free(text);
	json_decref(all);
}
