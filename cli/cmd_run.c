/* nacre run, nacre trace: start a sandbox. */
#include "cli/cli.h"

static int run(const struct command_row *command, int argc, char **argv)
{
	struct run_options options;
	int status = options_parse(command, argc, argv, &options);

	if (status >= 0)
		return status;
	return descriptors_arrange(&options) ? broker_run(&options) : EXIT_NACRE;
}

int cmd_run(const struct command_row *command, int argc, char **argv)
{
	return run(command, argc, argv);
}

int cmd_trace(const struct command_row *command, int argc, char **argv)
{
	return run(command, argc, argv);
}
