/* Parsing the options of inspect, verify and compare, by the table of options.def. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/report/report.h"

#define PROFILES_MAX 32u
static char *profiles[PROFILES_MAX];

static bool set_format(struct report_options *o, const char *name)
{
	static const char *const names[] = { [DOC_TERMINAL] = "text",
					     [DOC_MARKDOWN] = "md",
					     [DOC_JSON] = "json",
					     [DOC_HTML] = "html" };

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], name) == 0) {
			o->format = (enum doc_format)i;
			o->format_given = true;
			return true;
		}
	return false;
}

static bool apply(struct report_options *o, enum option_id id, char *value)
{
	switch (id) {
	case OPT_REPORT_FORMAT:
		return set_format(o, value);
	case OPT_REPORT_OUTPUT:
		o->output = value;
		return value[0] != 0;
	case OPT_SPEC:
		o->spec = value;
		return value[0] != 0;
	case OPT_SOURCE:
		o->source = value;
		return value[0] != 0;
	case OPT_PROFILE:
		if (o->profile_count == PROFILES_MAX)
			return false;
		o->profiles[o->profile_count++] = value;
		return value[0] != 0;
	case OPT_RUN_TIMEOUT:
		return parse_seconds(value, &o->timeout_ms);
	default:
		return false;
	}
}

/* 0: an option was taken; -1: no more; else the exit status plus 1. */
static int next_option(const struct command_row *command, int argc, char **argv,
		       struct report_options *ret, const struct option *list)
{
	int result = getopt_long(argc, argv, "+:ho:", list, NULL);
	enum option_id id;

	if (result == -1)
		return -1;
	result = result == 'h' ? OPTION_BASE + OPT_HELP :
		 result == 'o' ? OPTION_BASE + OPT_REPORT_OUTPUT :
				 result;
	if (result < OPTION_BASE)
		return option_error(command, result, argv) + 1;
	id = (enum option_id)(result - OPTION_BASE);
	if (id == OPT_HELP) {
		help_print_command(command);
		return 1;
	}
	return apply(ret, id, optarg) ? 0 : value_error(command, id, optarg) + 1;
}

static int words_after_file(const struct command_row *command, int argc, char **argv,
			    struct report_options *ret, const struct option *list)
{
	char **file = ret->words;
	int step;

	optind++;
	while ((step = next_option(command, argc, argv, ret, list)) == 0)
		;
	if (step > 0)
		return step - 1;
	/* The file, then what follows, side by side. */
	argv[optind - 1] = *file;
	ret->words = argv + optind - 1;
	ret->count = argc - optind + 1;
	return -1;
}

int report_options_parse(const struct command_row *command, int argc, char **argv,
			 struct report_options *ret)
{
	struct option list[OPT_COUNT + 1];
	int step;

	memset(ret, 0, sizeof(*ret));
	ret->timeout_ms = 30000;
	ret->profiles = profiles;
	option_list_build(command, list);
	opterr = 0;
	optind = 0;
	while ((step = next_option(command, argc, argv, ret, list)) == 0)
		;
	if (step > 0)
		return step - 1;
	if (optind >= argc)
		return usage_error(command, "no file given", NULL);
	ret->words = argv + optind;
	ret->count = argc - optind;
	/* verify FILE [OPTION]... -- ARGUMENT...: the options may follow the file, too. */
	if (command->options == OPTIONS_VERIFY && ret->count > 1)
		return words_after_file(command, argc, argv, ret, list);
	return -1;
}
