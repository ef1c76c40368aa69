/* The tables of commands and options, made of the .def files. */
#include <string.h>

#include "cli/cli.h"

const struct option_row option_rows[OPT_COUNT] = {
#define OPTION(id, name, value, value_name, complete, help, text) \
	[OPT_##id] = { \
		name, VALUE_##value, value_name, COMPLETE_##complete, help, text \
	},
#include "cli/options.def"
#undef OPTION
};

const struct command_row command_rows[] = {
#define COMMAND(name, options, usage, summary, text) \
	{ #name, OPTIONS_##options, usage, summary, text, cmd_##name },
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
