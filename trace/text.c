/*
 * The text format: strace -f's lines.
 *
 * A call's line is begun when the call is and ended with its result. When something else must
 * be printed in between, the line ends with "<unfinished ...>" and is taken up again as
 * "<... name resumed>". Filters that need the result print whole lines only.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "abi/linux/wait.h"
#include "trace/formatter.h"

#define RESULT_COLUMN 40

static bool whole_lines(const struct trace_options *o)
{
	return o->failed_only || o->successful_only;
}

static void put_stamp(struct trace_formatter *f, u64 time, struct out *out)
{
	u64 real = time + (u64)trace_reader_epoch(f->reader);
	time_t sec = (time_t)(real / 1000000000);
	u64 us = real % 1000000000 / 1000;
	char text[32] = "";
	struct tm tm;

	if (f->o->relative) {
		u64 passed = f->last_time == 0 || time < f->last_time ? 0 : time - f->last_time;

		out_put(out, "%6llu.%06llu ", (unsigned long long)(passed / 1000000000),
			(unsigned long long)(passed % 1000000000 / 1000));
	}
	f->last_time = time;
	if (f->o->stamps == 0)
		return;
	if (f->o->stamps == 3) {
		out_put(out, "%lld.%06llu ", (long long)sec, (unsigned long long)us);
		return;
	}
	if (localtime_r(&sec, &tm) != NULL)
		strftime(text, sizeof(text), "%H:%M:%S", &tm);
	out_text(out, text);
	if (f->o->stamps == 2)
		out_put(out, ".%06llu", (unsigned long long)us);
	out_text(out, " ");
}

/* Another line than the open one follows. */
static void line_leave(struct trace_formatter *f, struct out *out)
{
	if (f->line_tid != 0)
		out_text(out, " <unfinished ...>\n");
	f->line_tid = 0;
}

static void line_begin(struct trace_formatter *f, const struct trace_event *e, struct out *out)
{
	line_leave(f, out);
	f->line_start = (s64)out->len;
	if (f->o->path != NULL)
		out_put(out, "%-5d ", e->tid);
	else if (f->threads > 1)
		out_put(out, "[pid %5d] ", e->tid);
	put_stamp(f, e->time, out);
}

static void put_name(const struct trace_event *e, struct out *out)
{
	char name[32];

	out_text(out, trace_call_name(e->nr, name, sizeof(name)));
}

static void line_end(struct trace_formatter *f, struct out *out, const char *result)
{
	out_text(out, ")");
	out_column(out, f->line_start, RESULT_COLUMN - 1);
	out_put(out, " = %s", result);
	f->line_tid = 0;
}

static bool never_returns(s64 nr)
{
	return nr == LINUX_SYS_exit || nr == LINUX_SYS_exit_group;
}

static void put_enter(struct trace_formatter *f, const struct trace_event *e, struct out *out)
{
	struct print p = print_begin(f, e, out);

	if (whole_lines(f->o) && !never_returns(e->nr))
		return;
	line_begin(f, e, out);
	put_name(e, out);
	out_text(out, "(");
	print_args(&p, 0, true);
	if (never_returns(e->nr)) {
		line_end(f, out, "?\n");
		return;
	}
	f->line_tid = e->tid;
	open_add(f, e->tid, e->nr);
}

static void put_frames(const struct trace_event *e, struct out *out)
{
	u32 count;
	const u64 *frames = trace_event_frames(e, &count);

	for (u32 i = 0; i < count; i++) {
		u64 offset = 0;
		size_t len = 0;
		const char *path = trace_event_mapping(e, frames[i], &len, &offset);

		out_text(out, " > ");
		if (path != NULL) {
			out_quoted(out, (const u8 *)path, len, QUOTE_FD);
			out_put(out, "(+%#llx) ", (unsigned long long)offset);
		}
		out_put(out, "[%#llx]\n", (unsigned long long)frames[i]);
	}
}

static void put_exit(struct trace_formatter *f, const struct trace_event *e, struct out *out)
{
	struct print p = print_begin(f, e, out);
	u32 first = 0;
	s64 nr;
	bool begun = open_take(f, e->tid, &nr) && nr == e->nr;

	if (begun && f->line_tid != e->tid) {
		line_begin(f, e, out);
		out_text(out, "<... ");
		put_name(e, out);
		out_text(out, " resumed>");
	} else if (!begun) {
		line_begin(f, e, out);
		put_name(e, out);
		out_text(out, "(");
	}
	if (begun)
		first = args_at_enter(e);
	print_args(&p, first, false);
	line_end(f, out, "");
	print_result(&p);
	if (f->o->durations)
		out_put(out, " <%llu.%06llu>", (unsigned long long)(e->duration / 1000000000),
			(unsigned long long)(e->duration % 1000000000 / 1000));
	out_text(out, "\n");
	if (f->o->frames)
		put_frames(e, out);
}

static void put_signal(struct trace_formatter *f, const struct trace_event *e, struct out *out)
{
	struct print p = print_begin(f, e, out);

	line_begin(f, e, out);
	out_text(out, "--- ");
	print_signal(&p, (u64)e->signal);
	if (e->info != NULL) {
		out_text(out, " ");
		print_siginfo_fields(&p, e->info);
	}
	out_text(out, " ---\n");
	if (f->o->frames)
		put_frames(e, out);
}

/* The call that a thread ended in never comes back. */
static void put_lost_call(struct trace_formatter *f, const struct trace_event *e,
			  struct out *out)
{
	bool here = f->line_tid == e->tid;
	char name[32];
	s64 nr;

	if (!open_take(f, e->tid, &nr))
		return;
	if (here) {
		out_text(out, " <unfinished ...>");
	} else {
		line_begin(f, e, out);
		out_put(out, "<... %s resumed>", trace_call_name(nr, name, sizeof(name)));
	}
	line_end(f, out, "?\n");
}

static void put_end(struct trace_formatter *f, const struct trace_event *e, struct out *out)
{
	struct print p = print_begin(f, e, out);

	put_lost_call(f, e, out);
	if (!f->o->signals)
		return;
	line_begin(f, e, out);
	if (LINUX_WIFEXITED(e->status)) {
		out_put(out, "+++ exited with %d +++\n", LINUX_WEXITSTATUS(e->status));
		return;
	}
	out_text(out, "+++ killed by ");
	print_signal(&p, (u64)LINUX_WTERMSIG(e->status));
	out_text(out, LINUX_WCOREDUMP(e->status) ? " (core dumped) +++\n" : " +++\n");
}

void format_text(struct trace_formatter *f, const struct trace_event *e, struct out *out)
{
	switch (e->type) {
	case TRACE_ENTER:
		put_enter(f, e, out);
		break;
	case TRACE_EXIT:
		put_exit(f, e, out);
		break;
	case TRACE_SIGNAL:
		put_signal(f, e, out);
		break;
	case TRACE_END:
		put_end(f, e, out);
		break;
	default:
		break;
	}
}

void format_text_end(struct trace_formatter *f, struct out *out)
{
	line_leave(f, out);
}
