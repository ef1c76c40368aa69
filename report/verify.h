/*
 * Verifying: tests of a program under profiles, their results, and the report.
 *
 * The facts of a verification are {"program": inspect's, "tests": [test...], "profiles":
 * [{"name", "title", "source", "facts", "runs": [run...], "verdict": "works"|"differs"|"fails"}],
 * "verdict"}. The first profile is always linux, the one that others are compared with; a run
 * gets "passed", "why" (what a failed test lacks) and "differs" (what is not as under linux).
 */
#ifndef NACRE_REPORT_VERIFY_H
#define NACRE_REPORT_VERIFY_H

#include "report/doc.h"
#include "report/program.h"

struct verify_request {
	const char *nacre;
	const char *path;	/* of the program, as given */
	char *const *arguments; /* NULL-terminated: one test; empty: the default tests */
	bool has_arguments;
	const char *spec;	/* file of tests; NULL */
	char *const *profiles;	/* names or files */
	u32 profile_count;
	u64 timeout_ms;
};

enum verify_status { VERIFY_WORKS = 0, VERIFY_FAILS = 1, VERIFY_DIFFERS = 2 };

/*
 * Run everything. NULL and one line in error (VERIFY_ERROR_SIZE bytes): nothing could be run.
 */
#define VERIFY_ERROR_SIZE 320
json_t *verify_program(const struct verify_request *request, struct program *p, char *error);
enum verify_status verify_status_of(const json_t *facts);

/* A spec file: {"tests": [{"name", "args", "stdin", "stdout", "contains", "status"}]}. */
json_t *spec_load(const char *path, char *error);
json_t *spec_parse(const char *name, const char *text, size_t len, char *error);

void verify_document(struct doc *d, const json_t *facts);

#endif
