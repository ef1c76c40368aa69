/*
 * nacre store: becomes the program nacre-store.
 *
 * It is apart so that `nacre run` does not load the libraries for archives, JSON and hashes.
 * It lies beside this program, or in libexec/nacre where that is installed in bin.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

bool helper_path(const char *name, char *ret, size_t size)
{
	static const char *const places[] = { "", "../libexec/nacre/" };
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len <= 0)
		return false;
	self[len] = 0;
	*strrchr(self, '/') = 0;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		int n = snprintf(ret, size, "%s/%s%s", self, places[i], name);

		if (n > 0 && (size_t)n < size && access(ret, X_OK) == 0)
			return true;
	}
	return false;
}

int cmd_store(const struct command_row *command, int argc, char **argv)
{
	char path[4096];

	(void)argc;
	(void)command;
	if (!helper_path("nacre-store", path, sizeof(path))) {
		fprintf(stderr, "nacre: nacre-store is not installed beside nacre\n");
		return EXIT_NACRE;
	}
	fflush(NULL);
	argv[0] = (char *)"nacre-store";
	execv(path, argv);
	fprintf(stderr, "nacre: %s: %s\n", path, strerror(errno));
	return EXIT_NACRE;
}
