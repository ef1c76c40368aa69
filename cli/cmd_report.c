/*
 * nacre inspect, verify, compare: executes nacre-report.
 *
 * That program stands beside this one, or in ../libexec/nacre after an installation.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

static int report_execute(const struct command_row *command, int argc, char **argv)
{
	static const char *const places[] = { "nacre-report", "../libexec/nacre/nacre-report" };
	char own[PATH_MAX], *path;
	ssize_t len = readlink("/proc/self/exe", own, sizeof(own) - 1);
	char **list = calloc((size_t)argc + 2, sizeof(*list));
	char *slash;

	if (len <= 0 || list == NULL)
		return usage_error(command, "cannot find nacre-report", NULL);
	own[len] = 0;
	/* nacre itself, the command, its words. */
	list[0] = own;
	memcpy(list + 1, argv, (size_t)argc * sizeof(*list));
	slash = strrchr(own, '/');
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (asprintf(&path, "%.*s/%s", (int)(slash - own), own, places[i]) < 0)
			break;
		execv(path, list);
		free(path);
	}
	fprintf(stderr, "nacre %s: nacre-report: %s\n", command->name, strerror(errno));
	free(list);
	return EXIT_NACRE;
}

int cmd_compare(const struct command_row *command, int argc, char **argv)
{
	return report_execute(command, argc, argv);
}

int cmd_verify(const struct command_row *command, int argc, char **argv)
{
	return report_execute(command, argc, argv);
}

int cmd_inspect(const struct command_row *command, int argc, char **argv)
{
	return report_execute(command, argc, argv);
}
