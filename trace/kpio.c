/* The kpio format: two raw lines a call, numbers only but for names and errors. */
#include "trace/formatter.h"

static const char *call_name(const struct trace_event *e)
{
	return e->desc != NULL ? e->desc->name : "unknown";
}

static void put_head(const char *name, s32 pid, s64 nr, struct out *out)
{
	out_put(out, "[TRACE] pid=%d %s(%lld) ", pid, name, (long long)nr);
}

static void put_result(s64 result, bool failed, struct out *out)
{
	const char *error = failed ? errno_name((int)-result) : NULL;

	if (error != NULL)
		out_put(out, "\xe2\x86\x92 %lld (%s)\n", (long long)result, error);
	else
		out_put(out, "\xe2\x86\x92 0x%llx (%lld)\n", (unsigned long long)result,
			(long long)result);
}

void format_kpio(struct trace_formatter *f, const struct trace_event *e, struct out *out)
{
	const u64 *a = e->args;
	s64 nr;

	switch (e->type) {
	case TRACE_ENTER:
		put_head(call_name(e), e->tid, e->nr, out);
		out_put(out, "args=(0x%llx, 0x%llx, 0x%llx, 0x%llx, 0x%llx, 0x%llx)\n",
			(unsigned long long)a[0], (unsigned long long)a[1],
			(unsigned long long)a[2], (unsigned long long)a[3],
			(unsigned long long)a[4], (unsigned long long)a[5]);
		if (e->nr == LINUX_SYS_exit || e->nr == LINUX_SYS_exit_group)
			open_add(f, e->tid, e->nr);
		break;
	case TRACE_EXIT:
		put_head(call_name(e), e->tid, e->nr, out);
		put_result(e->result, e->failed, out);
		break;
	case TRACE_END:
		/* There exit is a call that returns 0. */
		if (open_take(f, e->tid, &nr)) {
			put_head(nr == LINUX_SYS_exit ? "exit" : "exit_group", e->tid, nr, out);
			put_result(0, false, out);
		}
		break;
	default:
		break;
	}
}
