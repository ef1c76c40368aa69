/* The tables of commands and options, made of the .def files, and what getopt needs of them. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

const struct option_row option_rows[OPT_COUNT] = {
#define OPTION_FOR(sets, id, name, value, value_name, complete, help, text) \
	[OPT_##id] = { \
		sets,	    name, VALUE_##value, value_name, COMPLETE_##complete, \
		help, text \
	},
#include "cli/options.def"
#undef OPTION_FOR
};

const struct command_row command_rows[] = {
#define COMMAND(name, options, usage, summary, text) \
	{ #name, OPTIONS_##options, usage, summary, text },
#include "cli/commands.def"
#undef COMMAND
};

const u32 command_count = ARRAY_SIZE(command_rows);
u32 closed_stdio;

const struct command_row *command_find(const char *name)
{
	for (u32 i = 0; i < command_count; i++)
		if (strcmp(command_rows[i].name, name) == 0)
			return &command_rows[i];
	return NULL;
}

static const char option_letters[OPT_COUNT] = {
	[OPT_HELP] = 'h',	 [OPT_OUTPUT] = 'o',	 [OPT_EXPRESSION] = 'e',
	[OPT_TRACE_PATH] = 'P',	 [OPT_STRING_LIMIT] = 's', [OPT_NO_ABBREV] = 'v',
	[OPT_DECODE_FDS] = 'y',	 [OPT_TIMESTAMPS] = 't', [OPT_RELATIVE] = 'r',
	[OPT_TIMES] = 'T',	 [OPT_STACK_TRACES] = 'k', [OPT_SUMMARY_ONLY] = 'c',
	[OPT_SUMMARY] = 'C',	 [OPT_FOLLOW] = 'f',
};

char option_letter(enum option_id id)
{
	return option_letters[id];
}

int option_of_letter(const struct command_row *command, int letter)
{
	for (int i = 0; i < OPT_COUNT; i++)
		if (option_letters[i] == letter && letter != 0 &&
		    (option_rows[i].sets & command->options))
			return i;
	return -1;
}

void option_letters_build(const struct command_row *command, char *letters, size_t size)
{
	size_t n = (size_t)snprintf(letters, size, "+:");

	for (int i = 0; i < OPT_COUNT && n + 3 < size; i++)
		if (option_letters[i] != 0 && (option_rows[i].sets & command->options))
			n += (size_t)snprintf(letters + n, size - n, "%c%s", option_letters[i],
					      option_rows[i].value == VALUE_REQUIRED ? ":" : "");
}

void option_list_build(const struct command_row *command, struct option *list)
{
	u32 n = 0;

	static_assert(VALUE_NONE == no_argument &&
			      VALUE_REQUIRED == required_argument &&
			      VALUE_OPTIONAL == optional_argument,
		      "getopt's numbers");
	for (int i = 0; i < OPT_COUNT; i++)
		if (option_rows[i].sets & command->options)
			list[n++] = (struct option){ option_rows[i].name,
						     (int)option_rows[i].value, NULL,
						     OPTION_BASE + i };
	list[n] = (struct option){ 0 };
}

int usage_error(const struct command_row *command, const char *what, const char *word)
{
	fprintf(stderr, "nacre %s: %s%s%s%s (try 'nacre %s --help')\n", command->name,
		what, word == NULL ? "" : " '", word == NULL ? "" : word,
		word == NULL ? "" : "'", command->name);
	return EXIT_NACRE;
}

int value_error(const struct command_row *command, enum option_id id, const char *value)
{
	fprintf(stderr,
		"nacre %s: --%s: bad value '%s', expected %s (try 'nacre %s --help')\n",
		command->name, option_rows[id].name, value, option_rows[id].value_name,
		command->name);
	return EXIT_NACRE;
}

int option_error(const struct command_row *command, int result, char **argv)
{
	const char *word = argv[optind - 1];

	if (result == ':')
		return usage_error(command, "a value is missing after", word);
	if (optopt >= OPTION_BASE)
		return usage_error(command, "no value is taken by", word);
	return usage_error(command, "unknown option", word);
}
