/* nacre inspect: what a file says of itself. */
#include <stdio.h>
#include <string.h>

#include "cli/report/report.h"
#include "report/program.h"
#include "report/sections.h"

/* 0 good, 1 damaged or no program; all is in facts and document where there is something. */
static int inspect_file(const struct command_row *command, const char *path, struct doc *d,
			json_t *all)
{
	struct program p;
	const char *wrong = program_open(path, &p);
	int status = 0;

	if (wrong == NULL && p.damaged)
		wrong = fact_string(p.facts, "damage");
	if (wrong != NULL) {
		fprintf(stderr, "nacre %s: %s: %s\n", command->name, path, wrong);
		status = 1;
	}
	if (p.facts != NULL) {
		inspect_document(d, p.facts);
		fact_add(all, json_incref(p.facts));
	}
	program_close(&p);
	return status;
}

int report_inspect(const struct command_row *command, struct report_options *o)
{
	struct doc d;
	json_t *all = fact_list();
	int status = 0;

	doc_init(&d);
	for (int i = 0; i < o->count; i++)
		status |= inspect_file(command, o->words[i], &d, all);
	/* One file: its object; several: a list of them. */
	if (json_array_size(all) != 0)
		status = report_write(command, o, &d,
				      o->count == 1 ? json_array_get(all, 0) : all, "inspect",
				      status);
	doc_fini(&d);
	json_decref(all);
	return status;
}
