/*
 * nacre: the command line.
 *
 * OVERVIEW. commands.def and options.def are the only places where commands and options are
 * described; tables made of them (tables.c) drive parsing (options.c), help (help.c), the
 * manual page and the completions (docs.c). `nacre run` fills a struct run_options and
 * becomes the broker.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "broker/ahead.h"
#include "cli/cli.h"

static int (*const command_runs[])(const struct command_row *, int, char **) = {
#define COMMAND(name, options, usage, summary, text) cmd_##name,
#include "cli/commands.def"
#undef COMMAND
};

static int finish(int status)
{
	child_discard();
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "nacre: standard output: %s\n", strerror(errno));
		return status == 0 ? EXIT_NACRE : status;
	}
	return status;
}

int main(int argc, char **argv)
{
	const struct command_row *command;
	const char *name = argc > 1 ? argv[1] : NULL;

	ahead_settle();
	descriptors_fill();
	if (name == NULL) {
		fprintf(stderr, "nacre: no command given (try 'nacre help')\n");
		return EXIT_NACRE;
	}
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	if (strcmp(name, "--version") == 0)
		name = "version";
	if (strcmp(name, "internal-docs") == 0 && argc == 3)
		return finish(docs_print(argv[2]));
	command = command_find(name);
	if (command == NULL) {
		fprintf(stderr, "nacre: no command '%s' (try 'nacre help')\n", name);
		return EXIT_NACRE;
	}
	return finish(command_runs[command - command_rows](command, argc - 1, argv + 1));
}
