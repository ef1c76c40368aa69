/* nacre inspect: what a file says of itself. */
#include <stdio.h>
#include <string.h>

#include "abi/syscalls.h"
#include "cli/report/report.h"
#include "profile/profile.h"
#include "report/program.h"
#include "report/sections.h"

/* The calls in list that a profile refuses whatever their arguments are. */
static void refused_add(const struct profile *profile, const json_t *list, json_t *refused)
{
	size_t i;
	json_t *name;

	json_array_foreach(list, i, name) {
		long nr = syscall_number_find(json_string_value(name));
		s64 result;

		if (nr >= 0 && profile_call(profile, (u32)nr, &result) == PROFILE_REFUSED)
			fact_add_unique(refused, json_incref(name), LINUX_SYS_LIMIT);
	}
}

/* False: there is no such profile, and that was said. */
static bool profiles_ask(const struct command_row *command, const struct report_options *o,
			 json_t *facts)
{
	char error[PROFILE_ERROR_SIZE];
	json_t *all = fact_object();

	for (u32 i = 0; i < o->profile_count; i++) {
		struct profile *profile;
		json_t *refused;

		if (!profile_load(o->profiles[i], &profile, error)) {
			fprintf(stderr, "nacre %s: %s\n", command->name, error);
			json_decref(all);
			return false;
		}
		refused = fact_list();
		refused_add(profile, fact_get(facts, "syscalls.calls"), refused);
		refused_add(profile, fact_get(facts, "imported_calls"), refused);
		fact_put(all, profile->name, refused);
		profile_free(profile);
	}
	if (json_object_size(all) != 0)
		fact_put(facts, "refused_by", all);
	else
		json_decref(all);
	return true;
}

/* 0 good, 1 damaged or no program; all is in facts and document where there is something. */
static int inspect_file(const struct command_row *command, const struct report_options *o,
			const char *path, struct doc *d, json_t *all)
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
	if (p.facts != NULL && !profiles_ask(command, o, p.facts))
		status = EXIT_NACRE;
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
		status |= inspect_file(command, o, o->words[i], &d, all);
	/* One file: its object; several: a list of them. */
	if (json_array_size(all) != 0)
		status = report_write(command, o, &d,
				      o->count == 1 ? json_array_get(all, 0) : all, "inspect",
				      status);
	doc_fini(&d);
	json_decref(all);
	return status;
}
