/* Formatting a trace. See format.h. */
#include "trace/format.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/formatter.h"

#define WAIT_NS 200000000u
#define OUT_MAX 65536u /* bytes that are written at once */

void trace_options_init(struct trace_options *o)
{
	*o = (struct trace_options){ .string_max = TRACE_STRING_DEFAULT, .signals = true };
	memset(o->calls, 0xff, sizeof(o->calls));
}

u32 trace_options_flags(const struct trace_options *o)
{
	return TRACE_RECORDS | (o->fds || o->path_count != 0 ? TRACE_FDS : 0) |
	       (o->frames ? TRACE_FRAMES : 0) | (o->may_drop ? TRACE_MAY_DROP : 0);
}

void trace_options_calls(const struct trace_options *o, struct trace_region *region)
{
	memcpy(region->header.calls, o->calls, sizeof(region->header.calls));
}

/* --- shared by the formats --- */

struct print print_begin(const struct trace_formatter *f, const struct trace_event *e,
			 struct out *out)
{
	return (struct print){
		.out = out,
		.event = e,
		.string_max = f->o->string_max,
		.verbose = f->o->verbose,
		.fds = f->o->fds,
	};
}

static u32 print_unknown_args(struct print *p, u32 first)
{
	for (u32 i = first; i < SYSCALL_ARGS_MAX; i++)
		out_put(p->out, "%s%#llx", i == 0 ? "" : ", ",
			(unsigned long long)p->event->args[i]);
	return SYSCALL_ARGS_MAX;
}

u32 args_at_enter(const struct trace_event *e)
{
	u32 count;

	if (e->desc == NULL)
		return SYSCALL_ARGS_MAX;
	if (e->nr == LINUX_SYS_rt_sigreturn)
		return 1;
	count = print_arg_count(e);
	if (e->nr == LINUX_SYS_clone)
		return print_clone_waits(e) ? 0 : count;
	for (u32 i = 0; i < count; i++)
		if (print_arg_exists(e, i) && print_arg_waits(e, i))
			return i;
	return count;
}

u32 print_args(struct print *p, u32 first, bool at_enter)
{
	const struct trace_event *e = p->event;
	bool any = false;
	u32 count;

	if (e->desc == NULL)
		return print_unknown_args(p, first);
	if (!e->begun)
		return e->desc->nargs;
	count = print_arg_count(e);
	if (e->nr == LINUX_SYS_rt_sigreturn && first == 0) {
		print_sigreturn(p);
		return 1;
	}
	if (e->nr == LINUX_SYS_clone) {
		if (first == 0 && !(at_enter && print_clone_waits(e))) {
			print_clone(p);
			return count;
		}
		return first;
	}
	for (u32 i = 0; i < count; i++) {
		if (!print_arg_exists(e, i))
			continue;
		/* A comma is the end of what is printed at the call's beginning. */
		if (any && i >= first && !(i == first && !at_enter))
			out_text(p->out, ", ");
		any = true;
		if (at_enter && print_arg_waits(e, i))
			return i;
		if (i >= first)
			print_arg(p, i);
	}
	return count;
}

void open_add(struct trace_formatter *f, s32 tid, s64 nr)
{
	if (f->open_count == f->open_space) {
		u32 space = f->open_space * 2 + 16;
		struct open_call *list = realloc(f->open, space * sizeof(*list));

		if (list == NULL)
			return;
		f->open = list;
		f->open_space = space;
	}
	f->open[f->open_count++] = (struct open_call){ tid, nr };
}

bool open_take(struct trace_formatter *f, s32 tid, s64 *ret_nr)
{
	for (u32 i = f->open_count; i-- > 0;) {
		if (f->open[i].tid != tid)
			continue;
		*ret_nr = f->open[i].nr;
		f->open[i] = f->open[--f->open_count];
		return true;
	}
	return false;
}

/* --- the formatter --- */

struct trace_formatter *trace_formatter_create(const struct trace_options *o,
					       struct trace_reader *reader)
{
	struct trace_formatter *f = calloc(1, sizeof(*f));

	if (f != NULL) {
		f->o = o;
		f->reader = reader;
	}
	return f;
}

void trace_formatter_destroy(struct trace_formatter *f)
{
	if (f == NULL)
		return;
	free(f->open);
	free(f);
}

static void count_threads(struct trace_formatter *f, const struct trace_event *e)
{
	if (e->type == TRACE_START)
		f->threads++;
	else if (e->type == TRACE_END && f->threads > 0)
		f->threads--;
}

static void count_call(struct trace_formatter *f, const struct trace_event *e)
{
	struct call_count *c;

	if ((u64)e->nr >= LINUX_SYS_LIMIT)
		return;
	c = &f->counts[e->nr];
	c->calls++;
	c->errors += e->failed;
	c->ns += e->duration;
}

void trace_formatter_put(struct trace_formatter *f, const struct trace_event *e,
			 struct out *out)
{
	static format_fn *const formats[] = {
		[TRACE_TEXT] = format_text,
		[TRACE_KPIO] = format_kpio,
		[TRACE_JSON] = format_json,
		[TRACE_CHROME] = format_chrome,
	};

	if (f->first_time == 0)
		f->first_time = e->time;
	if (e->type == TRACE_START)
		count_threads(f, e);
	if (filter_shows(f->o, e)) {
		if (e->type == TRACE_EXIT)
			count_call(f, e);
		if (!f->o->summary)
			formats[f->o->format](f, e, out);
	}
	if (e->type == TRACE_END)
		count_threads(f, e);
}

void trace_formatter_end(struct trace_formatter *f, struct out *out)
{
	if (f->o->format == TRACE_TEXT)
		format_text_end(f, out);
	if (f->o->format == TRACE_CHROME && !f->o->summary)
		format_chrome_end(f, out);
	if (f->o->summary || f->o->summary_too)
		format_summary_end(f, out);
}

/* --- the process that formats --- */

static int write_all(int fd, struct out *out)
{
	size_t at = 0;

	while (at < out->len) {
		ssize_t n = write(fd, out->text + at, out->len - at);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd ready = { .fd = fd, .events = POLLOUT };

			poll(&ready, 1, -1);
		} else if (n < 0 && errno != EINTR) {
			return errno;
		}
		at += n < 0 ? 0 : (size_t)n;
	}
	out->len = 0;
	return 0;
}

/* Has the other end been closed? */
static bool ended(int alive)
{
	struct pollfd p = { .fd = alive, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

static void say_losses(struct trace_reader *r, struct out *out)
{
	if (trace_reader_lost(r) != 0)
		out_put(out, "nacre: %llu records were dropped for want of room\n",
			(unsigned long long)trace_reader_lost(r));
	if (trace_reader_damaged(r) != 0)
		out_put(out, "nacre: the program has damaged the trace in %llu places\n",
			(unsigned long long)trace_reader_damaged(r));
}

int trace_format(struct trace_region *region, const struct trace_options *o, int fd, int alive)
{
	struct trace_reader *reader = trace_reader_create(region);
	struct trace_events *events = reader == NULL ? NULL : trace_events_create(reader);
	struct trace_formatter *f = events == NULL ? NULL : trace_formatter_create(o, reader);
	struct out out = { 0 }, losses = { 0 };
	struct trace_event e;
	bool final = false;
	int error = f == NULL ? ENOMEM : 0;

	while (error == 0) {
		bool more = trace_events_next(events, final, &e);

		if (more)
			trace_formatter_put(f, &e, &out);
		else if (final)
			trace_formatter_end(f, &out);
		/* What is in the middle of a line is shown, too: a call may last. */
		if (!more || out.len > OUT_MAX) {
			f->line_start -= (s64)out.len;
			error = write_all(fd, &out);
		}
		if (more)
			continue;
		if (final)
			break;
		final = ended(alive);
		if (!final)
			trace_reader_wait(reader, WAIT_NS);
	}
	if (reader != NULL)
		say_losses(reader, &losses);
	write_all(STDERR_FILENO, &losses);
	out_fini(&losses);
	out_fini(&out);
	trace_formatter_destroy(f);
	trace_events_destroy(events);
	trace_reader_destroy(reader);
	return error;
}
