/* What the formats share. Internal to trace/. */
#ifndef NACRE_TRACE_FORMATTER_H
#define NACRE_TRACE_FORMATTER_H

#include "trace/format.h"
#include "trace/print.h"

/* A thread in the middle of a call that was begun to be printed. */
struct open_call {
	s32 tid;
	s64 nr;
};

struct trace_formatter {
	const struct trace_options *o;
	struct trace_reader *reader;
	struct open_call *open; /* calls whose line was begun */
	u32 open_count, open_space;
	/* text: the thread whose line is the last one and not ended, 0: none */
	s32 line_tid;
	s64 line_start; /* in the text; negative when its beginning is written */
	u32 threads; /* alive */
	u64 last_time;
	u64 first_time;
	/* chrome */
	bool any;
	/* summary: of the calls that are shown */
	struct call_count {
		u64 calls, errors, ns;
	} counts[LINUX_SYS_LIMIT];
};

typedef void format_fn(struct trace_formatter *f, const struct trace_event *e, struct out *out);
format_fn format_text, format_kpio, format_json, format_chrome;
void format_text_end(struct trace_formatter *f, struct out *out);
void format_chrome_end(struct trace_formatter *f, struct out *out);
void format_summary_end(struct trace_formatter *f, struct out *out);

struct print print_begin(const struct trace_formatter *f, const struct trace_event *e,
			 struct out *out);
/* Arguments from index first on; value: the one that has to wait, or the count of all. */
u32 print_args(struct print *p, u32 first, bool at_enter);
/* The same number without printing: what was printed when the call began. */
u32 args_at_enter(const struct trace_event *e);

/* Which calls are in the middle of being printed. */
void open_add(struct trace_formatter *f, s32 tid, s64 nr);
bool open_take(struct trace_formatter *f, s32 tid, s64 *ret_nr);

/* filter.c */
bool filter_shows(const struct trace_options *o, const struct trace_event *e);

#endif
