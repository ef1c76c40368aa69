/* Parsing the options of inspect, verify and compare, by the table of options.def. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/report/report.h"

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
	default:
		return false;
	}
}

int report_options_parse(const struct command_row *command, int argc, char **argv,
			 struct report_options *ret)
{
	struct option list[OPT_COUNT + 1];
	int result;

	memset(ret, 0, sizeof(*ret));
	option_list_build(command, list);
	opterr = 0;
	optind = 0;
	while ((result = getopt_long(argc, argv, "+:ho:", list, NULL)) != -1) {
		enum option_id id;

		result = result == 'h' ? OPTION_BASE + OPT_HELP :
			 result == 'o' ? OPTION_BASE + OPT_REPORT_OUTPUT :
					 result;
		if (result < OPTION_BASE)
			return option_error(command, result, argv);
		id = (enum option_id)(result - OPTION_BASE);
		if (id == OPT_HELP) {
			help_print_command(command);
			return 0;
		}
		if (!apply(ret, id, optarg))
			return value_error(command, id, optarg);
	}
	if (optind >= argc)
		return usage_error(command, "no file given", NULL);
	ret->words = argv + optind;
	ret->count = argc - optind;
	return -1;
}
