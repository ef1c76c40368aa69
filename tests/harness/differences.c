/*
 * differences.c - the known differences from Linux, one line each:
 *	test-name mode reason to the end of the line
 * `mode` may be `any`. Such a test still runs; when it passes, its line is stale.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

struct difference {
	char *name, *mode, *reason;
};

static struct difference *known;
static size_t known_count;

void differences_read(const char *path)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;

	while (file != NULL && getline(&line, &room, file) > 0) {
		struct difference d = { 0 };

		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (sscanf(line, "%ms %ms %m[^\n]", &d.name, &d.mode, &d.reason) != 3) {
			fprintf(stderr, "tests: %s: wants name, mode, reason: %s", path,
				line);
			exit(2);
		}
		known = realloc(known, (known_count + 1) * sizeof(*known));
		known[known_count++] = d;
	}
	free(line);
	if (file != NULL)
		fclose(file);
}

const char *difference_reason(const char *name, const char *mode)
{
	for (size_t i = 0; i < known_count; i++)
		if (strcmp(known[i].name, name) == 0 &&
		    (strcmp(known[i].mode, mode) == 0 || strcmp(known[i].mode, "any") == 0))
			return known[i].reason;
	return NULL;
}
