/*
 * Formatting a trace: what `nacre trace` prints, in one of its formats.
 *
 * trace_format() runs in a process of its own, next to the broker: it reads the region until
 * the sandbox has ended and all is written, whatever the guest does.
 */
#ifndef NACRE_TRACE_FORMAT_H
#define NACRE_TRACE_FORMAT_H

#include "trace/event.h"
#include "trace/out.h"

enum trace_format {
	TRACE_TEXT,   /* as strace -f */
	TRACE_KPIO,   /* two raw lines a call, as small kernels write them */
	TRACE_JSON,   /* an object a line */
	TRACE_CHROME, /* a timeline for Perfetto or chrome://tracing */
};

#define TRACE_STRING_DEFAULT 32u

struct trace_options {
	enum trace_format format;
	const char *path;  /* NULL: the standard error */
	u32 string_max;    /* bytes of a string or buffer, elements of an array */
	u32 stamps;        /* 1: time of day, 2: with microseconds, 3: seconds since 1970 */
	bool relative;     /* time since the last line */
	bool durations;    /* time spent in the call */
	bool fds;          /* what descriptors name */
	bool frames;       /* the callers */
	bool verbose;      /* whole structures */
	bool may_drop;     /* a full ring drops records */
	bool summary;      /* only counts, at the end */
	bool summary_too;  /* counts besides the lines */
	bool failed_only, successful_only;
	u64 calls[(LINUX_SYS_LIMIT + 63) / 64]; /* a bit each: calls to show */
	bool signals;      /* show signals and ends */
	char **paths;      /* show only calls about these; path_count of them */
	u32 path_count;
};

/* Everything, as text. */
void trace_options_init(struct trace_options *o);
/* enum trace_flags for the region. */
u32 trace_options_flags(const struct trace_options *o);

/* Let the kernel record the calls that are shown, and no others. */
void trace_options_calls(const struct trace_options *o, struct trace_region *region);

/* One event to text; the state of a format is in its struct. */
struct trace_formatter;
struct trace_formatter *trace_formatter_create(const struct trace_options *o,
					       struct trace_reader *reader);
void trace_formatter_put(struct trace_formatter *f, const struct trace_event *e,
			 struct out *out);
/* A line that is begun but not ended is ended. */
void trace_formatter_end(struct trace_formatter *f, struct out *out);
void trace_formatter_destroy(struct trace_formatter *f);

/*
 * Format to fd until the other end of alive is closed. 0, or errno when fd can take no more:
 * the sandbox then goes on untraced.
 */
int trace_format(struct trace_region *region, const struct trace_options *o, int fd,
		 int alive);

#endif
