/* The formats for programs: json, an object a line, and chrome, a timeline. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/linux/wait.h"
#include "trace/formatter.h"

/* Guest bytes as text: what is not UTF-8 becomes escapes before it gets here. */
static json_t *text_json(const struct out *out)
{
	json_t *s = out->text == NULL ? json_string("") : json_stringn(out->text, out->len);

	return s == NULL ? json_string("") : s;
}

static json_t *hex_json(u64 n)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)n);
	return json_string(text);
}

static void put_json(json_t *object, struct out *out, const char *end)
{
	char *text = object == NULL ? NULL :
				      json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER);

	if (text != NULL) {
		out_text(out, text);
		out_text(out, end);
	}
	free(text);
	json_decref(object);
}

/* Each argument as the text format shows it. */
static json_t *decoded_args(struct trace_formatter *f, const struct trace_event *e)
{
	json_t *list = json_array();
	struct out text = { 0 };
	struct print p = print_begin(f, e, &text);
	u32 count = e->desc == NULL || !e->begun ? 0 : print_arg_count(e);

	for (u32 i = 0; i < count; i++) {
		text.len = 0;
		if (!print_arg(&p, i))
			continue;
		json_array_append_new(list, text_json(&text));
	}
	out_fini(&text);
	return list;
}

static json_t *raw_args(const struct trace_event *e)
{
	json_t *list = json_array();
	u32 count = e->desc == NULL ? SYSCALL_ARGS_MAX : e->desc->nargs;

	for (u32 i = 0; i < count; i++)
		json_array_append_new(list, hex_json(e->args[i]));
	return list;
}

static json_t *head_json(const char *type, const struct trace_event *e)
{
	return json_pack("{s:s, s:I, s:i, s:i, s:I}", "type", type, "seq", (json_int_t)e->seq,
			 "pid", (int)e->pid, "tid", (int)e->tid, "time_ns", (json_int_t)e->time);
}

static json_t *frames_json(const struct trace_event *e)
{
	u32 count;
	const u64 *frames = trace_event_frames(e, &count);
	json_t *list = json_array();

	for (u32 i = 0; i < count; i++)
		json_array_append_new(list, hex_json(frames[i]));
	return list;
}

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static json_t *call_json(struct trace_formatter *f, const struct trace_event *e,
			 const char *type)
{
	json_t *o = head_json(type, e);
	struct out text = { 0 };
	char name[32];

	set(o, "call", json_string(trace_call_name(e->nr, name, sizeof(name))));
	set(o, "number", json_integer(e->nr));
	set(o, "args", raw_args(e));
	set(o, "entry", json_string(e->trapped ? "trap" : "rewrite"));
	if (e->type == TRACE_EXIT) {
		struct print p = print_begin(f, e, &text);

		set(o, "decoded", decoded_args(f, e));
		set(o, "result", json_integer(e->result));
		if (e->failed) {
			const char *error = errno_name((int)-e->result);

			set(o, "error", json_string(error == NULL ? "?" : error));
		}
		print_result(&p);
		set(o, "shown", text_json(&text));
		set(o, "duration_ns", json_integer((json_int_t)e->duration));
		set(o, "host_calls", json_integer((json_int_t)e->host_calls));
	}
	if (f->o->frames)
		set(o, "frames", frames_json(e));
	out_fini(&text);
	return o;
}

static json_t *signal_json(struct trace_formatter *f, const struct trace_event *e)
{
	json_t *o = head_json("signal", e);
	struct out text = { 0 };
	struct print p = print_begin(f, e, &text);

	print_signal(&p, (u64)e->signal);
	set(o, "signal", text_json(&text));
	set(o, "fatal", json_boolean(e->fatal));
	set(o, "ignored", json_boolean(e->regs == NULL));
	if (e->info != NULL) {
		text.len = 0;
		print_siginfo_fields(&p, e->info);
		set(o, "info", text_json(&text));
	}
	if (e->regs != NULL) {
		set(o, "ip", hex_json(e->regs->ip));
		set(o, "sp", hex_json(e->regs->sp));
	}
	out_fini(&text);
	return o;
}

static json_t *end_json(const struct trace_event *e)
{
	json_t *o = head_json("end", e);
	char name[32];

	if (LINUX_WIFEXITED(e->status)) {
		set(o, "status", json_integer(LINUX_WEXITSTATUS(e->status)));
	} else {
		signal_format(LINUX_WTERMSIG(e->status), name, sizeof(name));
		set(o, "killed_by", json_string(name));
	}
	set(o, "last_thread", json_boolean(e->last));
	return o;
}

static json_t *start_json(const struct trace_event *e)
{
	json_t *o = head_json("start", e);

	set(o, "creator", json_integer(e->creator));
	set(o, "new_process", json_boolean(e->new_process));
	return o;
}

void format_json(struct trace_formatter *f, const struct trace_event *e, struct out *out)
{
	switch (e->type) {
	case TRACE_ENTER:
		/* A call that returns is one object, at its end. */
		if (e->nr == LINUX_SYS_exit || e->nr == LINUX_SYS_exit_group)
			put_json(call_json(f, e, "enter"), out, "\n");
		break;
	case TRACE_EXIT:
		put_json(call_json(f, e, "call"), out, "\n");
		break;
	case TRACE_SIGNAL:
		put_json(signal_json(f, e), out, "\n");
		break;
	case TRACE_START:
		put_json(start_json(e), out, "\n");
		break;
	default:
		put_json(end_json(e), out, "\n");
		break;
	}
}

/* --- chrome: the trace event format, microseconds --- */

static void chrome_put(struct trace_formatter *f, json_t *o, struct out *out)
{
	out_text(out, f->any ? ",\n" : "[\n");
	f->any = true;
	put_json(o, out, "");
}

static json_t *chrome_event(struct trace_formatter *f, const struct trace_event *e,
			    const char *name, const char *phase, u64 time)
{
	return json_pack("{s:s, s:s, s:i, s:i, s:f}", "name", name, "ph", phase, "pid",
			 (int)e->pid, "tid", (int)e->tid, "ts",
			 (double)(s64)(time - f->first_time) / 1e3);
}

/* The program's name from the path of its execve. */
static void chrome_name(struct trace_formatter *f, const struct trace_event *e, struct out *out)
{
	size_t len;
	const u8 *path = trace_event_peek(e, false, e->args[0], &len);
	struct out text = { 0 };
	json_t *o = chrome_event(f, e, "process_name", "M", e->time);

	out_quoted(&text, path, path == NULL ? 0 : strnlen((const char *)path, len), QUOTE_FD);
	set(o, "args", json_pack("{s:o}", "name", text_json(&text)));
	chrome_put(f, o, out);
	out_fini(&text);
}

static void chrome_call(struct trace_formatter *f, const struct trace_event *e, struct out *out)
{
	char name[32];
	u64 start = e->time - e->duration;
	json_t *o = chrome_event(f, e, trace_call_name(e->nr, name, sizeof(name)), "X", start);
	struct out text = { 0 };
	struct print p = print_begin(f, e, &text);
	json_t *args = json_object();

	set(o, "cat", json_string(e->failed ? "failed" : "call"));
	set(o, "dur", json_real((double)e->duration / 1e3));
	if (e->begun)
		print_args(&p, 0, false);
	set(args, "arguments", text_json(&text));
	text.len = 0;
	print_result(&p);
	set(args, "result", text_json(&text));
	set(args, "entry", json_string(e->trapped ? "trap" : "rewrite"));
	set(args, "host_calls", json_integer((json_int_t)e->host_calls));
	set(o, "args", args);
	chrome_put(f, o, out);
	out_fini(&text);
	if (!e->failed && (e->nr == LINUX_SYS_execve || e->nr == LINUX_SYS_execveat))
		chrome_name(f, e, out);
}

static void chrome_instant(struct trace_formatter *f, const struct trace_event *e,
			   const char *name, struct out *out)
{
	json_t *o = chrome_event(f, e, name, "i", e->time);

	set(o, "s", json_string("t"));
	chrome_put(f, o, out);
}

void format_chrome(struct trace_formatter *f, const struct trace_event *e, struct out *out)
{
	char name[64], sig[32];

	switch (e->type) {
	case TRACE_EXIT:
		chrome_call(f, e, out);
		break;
	case TRACE_SIGNAL:
		signal_format(e->signal, sig, sizeof(sig));
		chrome_instant(f, e, sig, out);
		break;
	case TRACE_END:
		signal_format(LINUX_WTERMSIG(e->status), sig, sizeof(sig));
		if (LINUX_WIFEXITED(e->status))
			snprintf(name, sizeof(name), "exited with %d",
				 LINUX_WEXITSTATUS(e->status));
		else
			snprintf(name, sizeof(name), "killed by %s", sig);
		chrome_instant(f, e, name, out);
		break;
	default:
		break;
	}
}

void format_chrome_end(struct trace_formatter *f, struct out *out)
{
	out_text(out, f->any ? "\n]\n" : "[]\n");
}
