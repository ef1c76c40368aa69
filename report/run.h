/* Running a program in a sandbox and collecting what it did. */
#ifndef NACRE_REPORT_RUN_H
#define NACRE_REPORT_RUN_H

#include "report/facts.h"

struct run_request {
	const char *nacre; /* the program that runs sandboxes */
	const char *profile; /* name or file */
	char *const *argv; /* NULL-terminated: the program and its arguments */
	const char *input; /* for its standard input; NULL: empty */
	const char *env; /* one more NAME=VALUE; NULL: none */
	u64 timeout_ms;
	const char *folder; /* for trace and log; made and removed by the caller */
};

/*
 * {"profile", "command", "status" | "signal", "timeout", "stdout", "stderr", "milliseconds",
 * "user_ms", "system_ms", "memory_kb", "calls": calls_read(), "refused": [{"name", "error"}],
 * "log": [text], "crash": crash_parse()}. A failure of nacre itself is "failure": text.
 */
json_t *run_program(const struct run_request *request);

/* Crash records of a log, see kernel/debug/crash.h: the first process that crashed, or NULL. */
json_t *crash_parse(const char *log_path);

#endif
