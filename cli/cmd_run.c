/* nacre run, nacre trace: start a sandbox. */
#include "cli/cli.h"
#include "wire/boot.h"

static int run(const struct command_row *command, int argc, char **argv, u32 boot_flags)
{
	struct run_options options;
	int status = options_parse(command, argc, argv, &options);

	if (status >= 0)
		return status;
	options.boot_flags |= boot_flags;
	return descriptors_arrange(&options) ? broker_run(&options) : EXIT_NACRE;
}

int cmd_run(const struct command_row *command, int argc, char **argv)
{
	return run(command, argc, argv, 0);
}

int cmd_trace(const struct command_row *command, int argc, char **argv)
{
	return run(command, argc, argv, BOOT_TRACE);
}
