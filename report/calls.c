/* Reading traces: see calls.h. */
#include "report/calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/names.h"
#include "abi/syscalls.h"

#define PENDING_MAX 256u

struct reader {
	json_t *first, *last, *counts, *errors, *ends;
	u64 total;
	/* Calls that have begun: of raw lines, and of "<unfinished ...>". */
	struct {
		long pid;
		char *text;
	} pending[PENDING_MAX];
};

static void count(json_t *counts, const char *name)
{
	fact_put_number(counts, name, fact_number(counts, name) + 1);
}

/* pid, name and args are text without control characters already. */
static void call_add(struct reader *r, long pid, json_t *name, json_t *args, const char *result,
		     const char *error)
{
	json_t *call = fact_object();

	count(r->counts, json_string_value(name));
	if (error[0] != 0)
		count(r->errors, json_string_value(name));
	fact_put_number(call, "pid", (u64)pid);
	fact_put(call, "text",
		 fact_format("%s(%s) = %s", json_string_value(name), json_string_value(args),
			     result));
	fact_put(call, "name", name);
	fact_put(call, "args", args);
	fact_put(call, "result", fact_bytes(result, strcspn(result, " ")));
	if (error[0] != 0)
		fact_put_text(call, "error", error);
	r->total++;
	if (json_array_size(r->first) < CALLS_FIRST) {
		fact_add(r->first, call);
		return;
	}
	fact_add(r->last, call);
	if (json_array_size(r->last) > CALLS_LAST)
		json_array_remove(r->last, 0);
}

static char **pending_slot(struct reader *r, long pid)
{
	u32 empty = 0;

	for (u32 i = 0; i < PENDING_MAX; i++) {
		if (r->pending[i].text != NULL && r->pending[i].pid == pid)
			return &r->pending[i].text;
		if (r->pending[i].text == NULL)
			empty = i;
	}
	free(r->pending[empty].text);
	r->pending[empty].text = NULL;
	r->pending[empty].pid = pid;
	return &r->pending[empty].text;
}

/* --- raw lines --- */

/* One argument as far as the table knows it: flags by name, small numbers decimal. */
static void raw_argument(FILE *out, const struct syscall_desc *d, u32 index, u64 value)
{
	enum arg_kind kind = d->args[index].kind;
	char text[256];

	if (arg_kind_parameter(kind) == ARG_SET) {
		flags_format(d->args[index].param, value, text, sizeof(text));
		fputs(text, out);
	} else if (value < 4096 || value >= (u64)-4096) {
		fprintf(out, "%lld", (long long)value);
	} else if (value >= 0xfffff000u && value <= 0xffffffffu) {
		fprintf(out, "%d", (int)(u32)value);
	} else {
		fprintf(out, "0x%llx", (unsigned long long)value);
	}
}

static json_t *raw_arguments(const char *name, const char *args)
{
	long nr = syscall_number_find(name);
	const struct syscall_desc *d = nr < 0 ? NULL : syscall_desc_find((u64)nr);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	json_t *value;

	if (out == NULL)
		return fact_text("");
	for (u32 i = 0; i < (d == NULL ? 6u : d->nargs); i++) {
		char *end;
		u64 arg = strtoull(args, &end, 16);

		if (end == args)
			break;
		fputs(i == 0 ? "" : ", ", out);
		if (d != NULL)
			raw_argument(out, d, i, arg);
		else
			fprintf(out, "0x%llx", (unsigned long long)arg);
		args = end + strspn(end, ", ");
	}
	fclose(out);
	value = fact_text(text);
	free(text);
	return value;
}

/* "write(1) → 0x5 (5)" or "open(2) → -2 (ENOENT)" */
static void raw_result(struct reader *r, long pid, const char *name, size_t name_len,
		       const char *rest)
{
	char **begun = pending_slot(r, pid);
	json_t *args = fact_text(*begun == NULL ? "" : *begun);
	const char *paren = strchr(rest, '(');
	char result[160], error[32] = "";
	long long value = strtoll(rest, NULL, 0);

	if (value < 0 && value > -4096 && paren != NULL && paren[1] == 'E') {
		const char *text = errno_text((int)-value);

		snprintf(error, sizeof(error), "%.*s", (int)strcspn(paren + 1, ")"), paren + 1);
		snprintf(result, sizeof(result), "-1 %s (%s)", error, text == NULL ? "" : text);
	} else if ((u64)value < 4096) {
		snprintf(result, sizeof(result), "%lld", value);
	} else {
		snprintf(result, sizeof(result), "0x%llx",
			 (unsigned long long)strtoull(rest, NULL, 0));
	}
	call_add(r, pid, fact_bytes(name, name_len), args, result, error);
	free(*begun);
	*begun = NULL;
}

static void raw_line(struct reader *r, const char *line)
{
	char *end;
	long pid = strtol(line, &end, 10);
	const char *name = end + strspn(end, " ");
	size_t len = strcspn(name, "(");
	const char *rest = strchr(name, ')');
	json_t *text, *args;
	char **slot;

	if (rest == NULL || len == 0)
		return;
	rest++;
	if (strncmp(rest, " args=(", 7) != 0) {
		if (strncmp(rest, " \xe2\x86\x92 ", 5) == 0)
			raw_result(r, pid, name, len, rest + 5);
		return;
	}
	text = fact_bytes(name, len);
	args = raw_arguments(json_string_value(text), rest + 7);
	slot = pending_slot(r, pid);
	free(*slot);
	*slot = strdup(json_string_value(args));
	json_decref(text);
	json_decref(args);
}

/* --- strace's lines --- */

/* Where " = result" begins: the last one outside of quotes that follows a ")". */
static const char *result_find(const char *line)
{
	const char *found = NULL;
	bool quoted = false;

	for (const char *p = line; *p != 0; p++) {
		if (quoted && p[0] == '\\' && p[1] != 0)
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && *p == ')' && p[1 + strspn(p + 1, " ")] == '=')
			found = p;
	}
	return found;
}

static void text_call(struct reader *r, long pid, const char *line)
{
	size_t name_len = strcspn(line, "(");
	const char *end = result_find(line), *result;
	char error[32] = "";

	if (end == NULL || line[name_len] != '(' || end <= line + name_len || name_len > 40 ||
	    strcspn(line, " ") < name_len)
		return;
	result = end + 1 + strspn(end + 1, " =");
	if (strncmp(result, "-1 E", 4) == 0)
		snprintf(error, sizeof(error), "%.*s", (int)strcspn(result + 3, " "), result + 3);
	call_add(r, pid, fact_bytes(line, name_len),
		 fact_bytes(line + name_len + 1, (size_t)(end - line) - name_len - 1), result,
		 error);
}

/* "[pid 3] ", "3 " or nothing in front; then times that strace may have been asked for. */
static const char *prefix_skip(const char *line, long *ret_pid)
{
	char *end;
	long pid;

	if (strncmp(line, "[pid", 4) == 0) {
		pid = strtol(line + 4, &end, 10);
		if (*end == ']') {
			*ret_pid = pid;
			line = end + 1;
		}
	} else {
		pid = strtol(line, &end, 10);
		if (end != line && *end == ' ') {
			*ret_pid = pid;
			line = end;
		}
	}
	line += strspn(line, " ");
	while (*line >= '0' && *line <= '9')
		line += strcspn(line, " ") + strspn(line + strcspn(line, " "), " ");
	return line;
}

static void text_line(struct reader *r, const char *line)
{
	long pid = 0;
	const char *cut, *rest;
	char **slot;

	line = prefix_skip(line, &pid);
	if (strncmp(line, "--- ", 4) == 0 || strncmp(line, "+++ ", 4) == 0) {
		fact_add_unique(r->ends, fact_text(line), 64);
		return;
	}
	cut = strstr(line, " <unfinished ...>");
	if (cut != NULL) {
		slot = pending_slot(r, pid);
		free(*slot);
		*slot = strndup(line, (size_t)(cut - line));
		return;
	}
	rest = strstr(line, " resumed>");
	if (strncmp(line, "<... ", 5) == 0 && rest != NULL) {
		char *whole;

		slot = pending_slot(r, pid);
		if (*slot != NULL && asprintf(&whole, "%s%s", *slot, rest + 9) >= 0) {
			text_call(r, pid, whole);
			free(whole);
		}
		free(*slot);
		*slot = NULL;
		return;
	}
	text_call(r, pid, line);
}

json_t *calls_read(const char *path)
{
	struct reader r = { .first = NULL };
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t space = 0;
	ssize_t len;
	json_t *all;

	if (f == NULL)
		return NULL;
	r.first = fact_list();
	r.last = fact_list();
	r.ends = fact_list();
	r.counts = fact_object();
	r.errors = fact_object();
	while ((len = getline(&line, &space, f)) > 0 && len < 1 << 20) {
		if (line[len - 1] == '\n')
			line[len - 1] = 0;
		if (strncmp(line, "[TRACE] pid=", 12) == 0)
			raw_line(&r, line + 12);
		else
			text_line(&r, line);
	}
	free(line);
	fclose(f);
	for (u32 i = 0; i < PENDING_MAX; i++)
		free(r.pending[i].text);
	all = fact_object();
	fact_put_number(all, "total", r.total);
	fact_put(all, "counts", r.counts);
	fact_put(all, "errors", r.errors);
	fact_put(all, "first", r.first);
	fact_put(all, "last", r.last);
	fact_put(all, "ends", r.ends);
	return all;
}

json_t *calls_of(const json_t *calls, u64 pid, size_t max)
{
	static const char *const parts[] = { "first", "last" };
	json_t *list = fact_list(), *call;
	size_t i;

	for (size_t part = 0; part < ARRAY_SIZE(parts); part++)
		json_array_foreach(fact_get(calls, parts[part]), i, call)
			/* A trace of one process does not name it. */
			if (pid == 0 || fact_number(call, "pid") == 0 ||
			    fact_number(call, "pid") == pid)
				fact_add(list, json_incref(call));
	if (json_array_size(list) > max) {
		json_t *tail = fact_list();

		for (i = json_array_size(list) - max; i < json_array_size(list); i++)
			fact_add(tail, json_incref(json_array_get(list, i)));
		json_decref(list);
		return tail;
	}
	return list;
}

/* The next name of a constant, as in "ARCH_SET_FS, 0x1000"; its length, 0 at the end. */
static size_t constant_next(const char **text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	for (bool quoted = false; **text != 0; (*text)++) {
		quoted ^= **text == '"';
		if (quoted || **text < 'A' || **text > 'Z')
			continue;
		size_t len = strspn(*text, letters);

		if (len > 2)
			return len;
	}
	return 0;
}

static bool same_constants(const char *a, const char *b)
{
	for (;;) {
		size_t m = constant_next(&a), n = constant_next(&b);

		if (m != n || memcmp(a, b, n) != 0)
			return false;
		if (n == 0)
			return true;
		a += n;
		b += n;
	}
}

/* Does a call say the same? Addresses and numbers differ from run to run, names do not. */
static bool same_call(const json_t *a, const json_t *b)
{
	return strcmp(fact_string(a, "name"), fact_string(b, "name")) == 0 &&
	       strcmp(fact_string(a, "error"), fact_string(b, "error")) == 0 &&
	       same_constants(fact_string(a, "args"), fact_string(b, "args"));
}

json_t *calls_diverge(const json_t *a, const json_t *b)
{
	const json_t *left = fact_get(a, "first"), *right = fact_get(b, "first");
	size_t n = MIN(json_array_size(left), json_array_size(right)), i = 0;
	json_t *place, *before;

	while (i < n && same_call(json_array_get(left, i), json_array_get(right, i)))
		i++;
	if (i == json_array_size(left) && i == json_array_size(right))
		return NULL;
	place = fact_object();
	before = fact_list();
	for (size_t j = i < 5 ? 0 : i - 5; j < i; j++)
		fact_add(before, json_incref(json_array_get(left, j)));
	fact_put_number(place, "index", i);
	fact_put(place, "before", before);
	fact_put(place, "a", json_incref(json_array_get(left, i)));
	fact_put(place, "b", json_incref(json_array_get(right, i)));
	return place;
}
