/* nacre-report: what its commands share. */
#ifndef NACRE_CLI_REPORT_REPORT_H
#define NACRE_CLI_REPORT_REPORT_H

#include "cli/cli.h"
#include "report/doc.h"

struct report_options {
	enum doc_format format;
	bool format_given;
	const char *output; /* NULL: the standard output */
	const char *spec; /* NULL: the default checks */
	const char *source; /* where the file came from, as the user says; NULL: not said */
	char **profiles; /* in the order given */
	u32 profile_count;
	u64 timeout_ms; /* of each run */
	const char *nacre; /* the program that runs sandboxes */
	char **words; /* what follows the options: files, then arguments */
	int count;
};

/* -1: go on; otherwise the exit status, everything having been said. */
MUST_USE int report_options_parse(const struct command_row *command, int argc, char **argv,
				  struct report_options *ret);

/*
 * Write the document, or for JSON the facts, where the options say. What is said on failure
 * is one line. Returns status, or EXIT_NACRE if nothing could be written.
 */
int report_write(const struct command_row *command, const struct report_options *o,
		 const struct doc *d, const json_t *facts, const char *title, int status);

int report_inspect(const struct command_row *command, struct report_options *o);
int report_verify(const struct command_row *command, struct report_options *o);
int report_compare(const struct command_row *command, struct report_options *o);

#endif
