/*
 * System calls of a run, read from a trace as text.
 *
 * Two forms are read, line by line, what fits neither is passed over: that of strace and of
 * nacre's text trace, and the raw one of small kernels ("[TRACE] pid=2 write(1) args=(...)").
 * A trace may be as long as it likes: the first and the last calls are kept, all are counted.
 */
#ifndef NACRE_REPORT_CALLS_H
#define NACRE_REPORT_CALLS_H

#include "report/facts.h"

#define CALLS_FIRST 3000u
#define CALLS_LAST 600u

/*
 * {"total": N, "counts": {name: n}, "errors": {name: n}, "first": [call...], "last": [call...],
 * "ends": [text...]}; last follows first, with a gap if total is larger than both. A call is
 * {"pid", "name", "args", "result": "0x..."|"?", "error": "EINVAL"|absent, "text"}. NULL: the
 * file cannot be read, errno says why.
 */
json_t *calls_read(const char *path);
/* Of a process, in order, from first and last; pid 0: all. At most max of them, the last ones. */
json_t *calls_of(const json_t *calls, u64 pid, size_t max);

/*
 * The first place where two runs differ in a call's name, constants or error, as {"index": n,
 * "a": call, "b": call, "before": [call...]}; a or b is absent when that run ended. NULL: they
 * do not.
 */
json_t *calls_diverge(const json_t *a, const json_t *b);

#endif
