/* nacre help, nacre version, --help: printed from the tables. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

#define WIDTH_OPTION 28

void help_print(void)
{
	printf("Usage: nacre COMMAND [OPTION]... [ARGUMENT]...\n"
	       "Run Linux programs in a thin sandbox that is their whole kernel.\n\n"
	       "Commands:\n");
	for (u32 i = 0; i < command_count; i++)
		printf("  %-10s %s\n", command_rows[i].name, command_rows[i].summary);
	printf("\nRun 'nacre help COMMAND' for the options of a command.\n"
	       "Example: nacre run -- busybox ls -l /\n");
}

void help_print_command(const struct command_row *command)
{
	printf("Usage: nacre %s%s%s\n%c%s.\n", command->name,
	       command->usage[0] ? " " : "", command->usage,
	       command->summary[0] - 'a' + 'A', command->summary + 1);
	if (command->options == OPTIONS_NONE)
		return;
	printf("\nOptions:\n");
	for (u32 i = 0; i < OPT_COUNT; i++) {
		const struct option_row *row = &option_rows[i];
		const char *value = row->value_name == NULL ? "" : row->value_name;
		char letter = option_letter((enum option_id)i), left[64];

		if (!(row->sets & command->options))
			continue;
		snprintf(left, sizeof(left),
			 row->value == VALUE_NONE     ? "%s--%s%s" :
			 row->value == VALUE_REQUIRED ? "%s--%s=%s" :
							"%s--%s[=%s]",
			 letter == 0 ? "" : (char[]){ '-', letter, ',', ' ', 0 }, row->name,
			 value);
		printf("  %-*s %s\n", WIDTH_OPTION, left, row->help);
	}
	if (!(command->options & OPTIONS_PROGRAM)) {
		printf("\n%s\n", command->text);
		return;
	}
	printf("\nExit status: the program's, 128+n when signal n ended it; 124 timeout, 125 "
	       "failure\nof nacre, 126 the program cannot be run, 127 it was not found.\n");
}

int cmd_help(const struct command_row *command, int argc, char **argv)
{
	const struct command_row *about;

	(void)command;
	if (argc < 2 || strcmp(argv[1], "--help") == 0) {
		help_print();
		return 0;
	}
	about = command_find(argv[1]);
	if (about == NULL) {
		fprintf(stderr, "nacre: no command '%s' (try 'nacre help')\n", argv[1]);
		return EXIT_NACRE;
	}
	help_print_command(about);
	return 0;
}

int cmd_version(const struct command_row *command, int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--help") == 0)
		help_print_command(command);
	else
		printf("nacre %s\n", NACRE_VERSION);
	return 0;
}
