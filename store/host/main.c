/*
 * nacre-store: the program that `nacre store` becomes.
 *
 * It is a program of its own so that `nacre run` does not load libarchive, jansson and
 * libcrypto. It is started with what follows `nacre store`; commands and options are tables.
 */
#include <getopt.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/host/kept.h"

#define OPTION_BASE 256
#define JOBS_MAX 64
#define WIDTH_OPTION 28

struct options options;

enum option_id {
#define OPTION(id, name, value, value_name, complete, commands, help, text) OPT_##id,
#include "store/options.def"
#undef OPTION
	OPT_COUNT
};

enum { VALUE_NONE = no_argument, VALUE_REQUIRED = required_argument };

static const struct option_row {
	const char *name;
	int value;
	const char *value_name, *commands, *help;
} option_rows[OPT_COUNT] = {
#define OPTION(id, name, value, value_name, complete, commands, help, text) \
	{ name, VALUE_##value, value_name, commands, help },
#include "store/options.def"
#undef OPTION
};

static const struct command_row {
	const char *name, *usage, *summary;
	int (*run)(int argc, char **argv);
} command_rows[] = {
#define COMMAND(name, function, usage, summary, text) { name, usage, summary, store_##function },
#include "store/commands.def"
#undef COMMAND
};

static void help(void)
{
	printf("Usage: nacre store COMMAND [OPTION]... [ARGUMENT]...\n"
	       "Keep file trees once, by content, as images that sandboxes run on.\n\n"
	       "Commands:\n");
	for (size_t i = 0; i < ARRAY_SIZE(command_rows); i++)
		printf("  %-10s %s\n", command_rows[i].name, command_rows[i].summary);
	printf("\nRun 'nacre store COMMAND --help' for the options of a command.\n"
	       "Example: nacre store ingest . --name proj\n");
}

static bool takes(const struct command_row *command, const struct option_row *row)
{
	char word[32];

	snprintf(word, sizeof(word), " %s ", command->name);
	return row->commands[0] == 0 || strstr(row->commands, word) != NULL;
}

static void help_command(const struct command_row *command)
{
	printf("Usage: nacre store %s%s%s\n%c%s.\n\nOptions:\n", command->name,
	       command->usage[0] ? " " : "", command->usage,
	       command->summary[0] - 'a' + 'A', command->summary + 1);
	for (size_t i = 0; i < OPT_COUNT; i++) {
		const struct option_row *row = &option_rows[i];
		char left[64];

		if (!takes(command, row))
			continue;
		snprintf(left, sizeof(left), row->value_name == NULL ? "--%s" : "--%s=%s",
			 row->name, row->value_name);
		printf("  %-*s %s\n", WIDTH_OPTION, left, row->help);
	}
	printf("\nExit status: 0, 1 for differences and damage found, 125 failure, 130 "
	       "interrupted.\n");
}

static const struct command_row *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(command_rows); i++)
		if (strcmp(command_rows[i].name, name) == 0)
			return &command_rows[i];
	return NULL;
}

static bool one_of(const char *value, const char *words)
{
	size_t len = strlen(value);

	for (const char *at = words; at != NULL; at = strchr(at, '|')) {
		at += *at == '|';
		if (strcspn(at, "|") == len && strncmp(at, value, len) == 0)
			return true;
	}
	return false;
}

static bool set_value(enum option_id id, char *value)
{
	char *end;
	unsigned long number;

	switch (id) {
	case OPT_STORE:
		options.store = value;
		return value[0] != 0;
	case OPT_NAME:
		options.name = value;
		return true;
	case OPT_EXCLUDE:
		options.excludes = xrealloc(options.excludes,
					    (options.exclude_count + 1) * sizeof(char *));
		options.excludes[options.exclude_count++] = value;
		return value[0] != 0;
	case OPT_MODE:
		options.move = strcmp(value, "move") == 0;
		return one_of(value, option_rows[id].value_name);
	case OPT_FORMAT:
		options.format = value;
		return one_of(value, option_rows[id].value_name);
	case OPT_JOBS:
		number = strtoul(value, &end, 10);
		options.jobs = (u32)number;
		return value[0] >= '1' && value[0] <= '9' && *end == 0 && number <= JOBS_MAX;
	case OPT_REPAIR:
		options.repair = value;
		return value[0] != 0;
	default:
		return false;
	}
}

static void set_flag(enum option_id id)
{
	bool *flags[OPT_COUNT] = {
		[OPT_JSON] = &options.json,
		[OPT_QUIET] = &options.quiet,
		[OPT_NO_FILTER] = &options.no_filter,
		[OPT_FORCE_HASH] = &options.force_hash,
		[OPT_ONE_FILE_SYSTEM] = &options.one_file_system,
		[OPT_LONG] = &options.long_list,
		[OPT_DELETE] = &options.remove,
		[OPT_FORCE] = &options.force,
	};

	if (flags[id] != NULL)
		*flags[id] = true;
}

static int usage_error(const struct command_row *command, const char *what, const char *word)
{
	complain("%s: %s %s (try 'nacre store %s --help')", command->name, what, word,
		 command->name);
	return EXIT_FAILED;
}

/* -1: go on. */
static int parse(const struct command_row *command, int argc, char **argv)
{
	struct option list[OPT_COUNT + 1] = { 0 };
	int result;

	for (int i = 0; i < OPT_COUNT; i++)
		list[i] = (struct option){ option_rows[i].name, option_rows[i].value, NULL,
					   OPTION_BASE + i };
	opterr = 0;
	while ((result = getopt_long(argc, argv, ":h", list, NULL)) != -1) {
		enum option_id id = (enum option_id)(result - OPTION_BASE);

		if (result == 'h' || result == OPTION_BASE + OPT_HELP) {
			help_command(command);
			return EXIT_OK;
		}
		if (result < OPTION_BASE)
			return usage_error(command,
					   result == ':' ? "a value is missing after" :
							   "unknown option",
					   argv[optind - 1]);
		if (!takes(command, &option_rows[id]))
			return usage_error(command, "does not take the option",
					   option_rows[id].name);
		if (option_rows[id].value == VALUE_NONE)
			set_flag(id);
		else if (!set_value(id, optarg))
			return usage_error(command, "a wrong value:", optarg);
	}
	return -1;
}

int main(int argc, char **argv)
{
	const struct command_row *command;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int status;

	/* Names are bytes; this only keeps libarchive from refusing those that are UTF-8. */
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		setlocale(LC_CTYPE, "");
	options.jobs = processors < 1 ? 1 : (u32)MIN(processors, (long)JOBS_MAX);
	if (argc >= 3 && strcmp(argv[1], "--keep") == 0)
		return keep_main(argc - 2, argv + 2);
	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help();
		return argc < 2 ? EXIT_FAILED : EXIT_OK;
	}
	command = find_command(argv[1]);
	if (command == NULL) {
		complain("no command '%s' (try 'nacre store --help')", argv[1]);
		return EXIT_FAILED;
	}
	status = parse(command, argc - 1, argv + 1);
	if (status < 0) {
		catch_interrupts();
		status = command->run(argc - 1 - optind, argv + 1 + optind);
	}
	progress_end();
	if (interrupted() && status != EXIT_OK) {
		complain("interrupted");
		status = EXIT_INTERRUPTED;
	}
	if (fflush(stdout) != 0 || ferror(stdout)) {
		output_failed();
		status = status == EXIT_OK ? EXIT_FAILED : status;
	}
	return status;
}
