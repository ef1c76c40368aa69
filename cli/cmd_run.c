/* nacre run, nacre trace: start a sandbox. */
#include "cli/cli.h"
#include "wire/boot.h"

int cmd_run(const struct command_row *command, int argc, char **argv)
{
	struct run_options options;
	int status = options_parse(command, argc, argv, &options);

	return status >= 0 ? status : broker_run(&options);
}

int cmd_trace(const struct command_row *command, int argc, char **argv)
{
	struct run_options options;
	int status = options_parse(command, argc, argv, &options);

	if (status >= 0)
		return status;
	options.boot_flags |= BOOT_TRACE;
	return broker_run(&options);
}
