/* The options of `nacre trace` that `nacre run` does not have: how a trace looks. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "trace/select.h"

static bool set_format(struct trace_options *t, const char *name)
{
	static const char *const names[] = {
		[TRACE_TEXT] = "text",
		[TRACE_KPIO] = "kpio",
		[TRACE_JSON] = "json",
		[TRACE_CHROME] = "chrome",
	};

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], name) == 0) {
			t->format = i;
			return true;
		}
	return false;
}

static bool set_status(struct trace_options *t, const char *names)
{
	bool failed = strcmp(names, "failed") == 0 || strcmp(names, "!successful") == 0;
	bool successful = strcmp(names, "successful") == 0 || strcmp(names, "!failed") == 0;

	t->failed_only = failed;
	t->successful_only = successful;
	return failed || successful || strcmp(names, "all") == 0;
}

/* [QUALIFIER=]VALUE, as strace has it. */
static bool set_expression(struct trace_options *t, const char *text)
{
	size_t len = strcspn(text, "=");

	if (text[len] == 0)
		return select_calls(text, t->calls) == NULL;
	const char *value = text + len + 1;

	if (strncmp(text, "trace", len) == 0 && (len == 5 || len == 1))
		return select_calls(value, t->calls) == NULL;
	if (strncmp(text, "status", len) == 0 && len == 6)
		return set_status(t, value);
	if (strncmp(text, "signal", len) == 0 && (len == 6 || len == 1)) {
		t->signals = strcmp(value, "none") != 0 && strcmp(value, "!all") != 0;
		return !t->signals || strcmp(value, "all") == 0;
	}
	return false;
}

static bool add_path(struct trace_options *t, char *path)
{
	char **list = realloc(t->paths, (t->path_count + 1) * sizeof(*list));

	if (list == NULL || path[0] == 0)
		return false;
	t->paths = list;
	list[t->path_count++] = path;
	return true;
}

bool trace_option_value(struct trace_options *t, enum option_id id, char *value)
{
	u64 n;

	switch (id) {
	case OPT_FORMAT:
		return set_format(t, value);
	case OPT_OUTPUT:
		t->path = value;
		return value[0] != 0;
	case OPT_EXPRESSION:
		return set_expression(t, value);
	case OPT_TRACE_PATH:
		return add_path(t, value);
	case OPT_STRING_LIMIT:
		if (!parse_number(value, TRACE_STRING_MAX, &n))
			return false;
		t->string_max = (u32)n;
		return true;
	default:
		return false;
	}
}

void trace_option_flag(struct trace_options *t, enum option_id id)
{
	switch (id) {
	case OPT_TIMESTAMPS:
		t->stamps = MIN(t->stamps + 1, 3u);
		break;
	case OPT_RELATIVE:
		t->relative = true;
		break;
	case OPT_TIMES:
		t->durations = true;
		break;
	case OPT_DECODE_FDS:
		t->fds = true;
		break;
	case OPT_STACK_TRACES:
		t->frames = true;
		break;
	case OPT_NO_ABBREV:
		t->verbose = true;
		break;
	case OPT_SUMMARY_ONLY:
		t->summary = true;
		break;
	case OPT_SUMMARY:
		t->summary_too = true;
		break;
	case OPT_DROP:
		t->may_drop = true;
		break;
	default:
		break;
	}
}
