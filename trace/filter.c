/* Which events are shown: by call, by result, by path. */
#include <string.h>

#include "trace/formatter.h"

static bool is_fd(u8 kind)
{
	return kind == ARG_fd || kind == ARG_dirfd;
}

/* Is this one of the paths, with or without what lies beneath? */
static bool path_listed(const struct trace_options *o, const char *path, size_t len)
{
	for (u32 i = 0; i < o->path_count; i++)
		if (strlen(o->paths[i]) == len && memcmp(o->paths[i], path, len) == 0)
			return true;
	return false;
}

static bool about_paths(const struct trace_options *o, const struct trace_event *e)
{
	for (u32 i = 0; e->desc != NULL && i < e->desc->nargs; i++) {
		u8 kind = e->desc->args[i].kind;
		size_t len;
		const char *name = NULL;

		if (kind == ARG_path) {
			name = (const char *)trace_event_peek(e, false, e->args[i], &len);
			len = name == NULL ? 0 : strnlen(name, len);
		} else if (is_fd(kind)) {
			name = trace_event_fd(e, (s32)e->args[i], &len);
		}
		if (name != NULL && path_listed(o, name, len))
			return true;
	}
	return false;
}

bool filter_shows(const struct trace_options *o, const struct trace_event *e)
{
	bool call = e->type == TRACE_ENTER || e->type == TRACE_EXIT;

	if (e->type == TRACE_SIGNAL)
		return o->signals;
	if (!call)
		return true;
	if ((u64)e->nr < LINUX_SYS_LIMIT && !(o->calls[e->nr / 64] >> (e->nr % 64) & 1))
		return false;
	if (e->type == TRACE_EXIT &&
	    ((o->failed_only && !e->failed) || (o->successful_only && e->failed)))
		return false;
	return o->path_count == 0 || about_paths(o, e);
}
