/* nacre verify: does a program work, here and on platforms that are not here? */
#include <stdio.h>
#include <string.h>

#include "cli/report/report.h"
#include "report/sections.h"
#include "report/verify.h"

/* Reports are read in full or by machines: without --format it is Markdown. */
int report_verify(const struct command_row *command, struct report_options *o)
{
	struct verify_request request = {
		.nacre = o->nacre,
		.path = o->words[0],
		.arguments = o->words + 1,
		.has_arguments = o->count > 1,
		.spec = o->spec,
		.profiles = o->profiles,
		.profile_count = o->profile_count,
		.timeout_ms = o->timeout_ms,
	};
	char error[VERIFY_ERROR_SIZE] = "";
	struct program p;
	struct doc d;
	const char *wrong = program_open(request.path, &p);
	json_t *facts;
	int status;

	if (wrong != NULL) {
		fprintf(stderr, "nacre %s: %s: %s\n", command->name, request.path, wrong);
		program_close(&p);
		return VERIFY_FAILS;
	}
	fact_put_text(p.facts, "source", o->source);
	facts = verify_program(&request, &p, error);
	if (facts == NULL) {
		fprintf(stderr, "nacre %s: %s\n", command->name, error);
		program_close(&p);
		return EXIT_NACRE;
	}
	if (!o->format_given)
		o->format = DOC_MARKDOWN;
	doc_init(&d);
	verify_document(&d, facts);
	status = report_write(command, o, &d, facts, request.path, (int)verify_status_of(facts));
	doc_fini(&d);
	json_decref(facts);
	program_close(&p);
	return status;
}
