/* nacre compare: two programs, two traces, or one program under two profiles. */
#include <stdio.h>
#include <string.h>

#include "cli/report/report.h"
#include "report/calls.h"
#include "report/compare.h"
#include "report/verify.h"

struct side {
	const char *path;
	struct program p;
	bool program;
	json_t *trace, *verified;
};

/* NULL, or what is wrong with the file. */
static const char *side_open(struct side *s, const char *path)
{
	const char *wrong = program_open(path, &s->p);

	s->path = path;
	s->program = wrong == NULL;
	if (wrong == NULL || s->p.facts == NULL || s->p.kind != PROGRAM_UNKNOWN)
		return wrong;
	s->trace = calls_read(path);
	return s->trace == NULL || fact_number(s->trace, "total") == 0 ?
		       "neither a program nor a trace of system calls" :
		       NULL;
}

static void side_close(struct side *s)
{
	program_close(&s->p);
	json_decref(s->trace);
	json_decref(s->verified);
}

static bool side_verify(struct side *s, const struct report_options *o, char *error)
{
	static char *none[] = { NULL };
	struct verify_request request = {
		.nacre = o->nacre,
		.path = s->path,
		.arguments = none,
		.profiles = o->profiles,
		.profile_count = o->profile_count,
		.timeout_ms = o->timeout_ms,
	};

	s->verified = verify_program(&request, &s->p, error);
	return s->verified != NULL;
}

/* NULL: something was said. */
static json_t *compare(const struct command_row *command, const struct report_options *o,
		       struct side *sides)
{
	char error[VERIFY_ERROR_SIZE] = "";
	bool two = o->count == 2;

	for (int i = 0; i < o->count; i++) {
		const char *wrong = side_open(&sides[i], o->words[i]);

		if (wrong != NULL) {
			fprintf(stderr, "nacre %s: %s: %s\n", command->name, o->words[i], wrong);
			return NULL;
		}
	}
	if (two && sides[0].program != sides[1].program) {
		fprintf(stderr, "nacre %s: one is a program, the other a trace\n", command->name);
		return NULL;
	}
	if (two && !sides[0].program)
		return compare_traces(sides[0].path, sides[0].trace, sides[1].path,
				      sides[1].trace);
	if (!two && (!sides[0].program || o->profile_count == 0)) {
		fprintf(stderr, "nacre %s: one file needs to be a program, with --profile\n",
			command->name);
		return NULL;
	}
	for (int i = 0; i < o->count; i++)
		if (!side_verify(&sides[i], o, error)) {
			fprintf(stderr, "nacre %s: %s\n", command->name, error);
			return NULL;
		}
	return two ? compare_programs(sides[0].p.facts, sides[1].p.facts, sides[0].verified,
				      sides[1].verified) :
		     compare_profiles(sides[0].verified);
}

int report_compare(const struct command_row *command, struct report_options *o)
{
	struct side sides[2];
	json_t *facts;
	struct doc d;
	int status = EXIT_NACRE;

	if (o->count > 2)
		return usage_error(command, "more than two files given", NULL);
	memset(sides, 0, sizeof(sides));
	facts = compare(command, o, sides);
	if (facts != NULL) {
		doc_init(&d);
		compare_document(&d, facts);
		status = report_write(command, o, &d, facts, "Comparison",
				      fact_true(facts, "different") ? 1 : 0);
		doc_fini(&d);
		json_decref(facts);
	}
	side_close(&sides[0]);
	side_close(&sides[1]);
	return status;
}
