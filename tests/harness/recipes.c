/*
 * recipes.c - reads tests/prog/commands: invocations of real programs.
 *
 * Paragraphs of "key: value" lines; '#' starts a comment line.
 *	name:    the test's name
 *	run:     words for the shell; the first word is the program
 *	native:  the native counterpart, where it is another command
 *	build:   shell command that makes $OUT, run in the source tree
 *	expect:  exit status (default 0)
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

static void finish(struct test_list *list, const char *top, struct test *test)
{
	char *out;

	if (test->name == NULL)
		return;
	if (test->command == NULL) {
		fprintf(stderr, "tests: %s has no run: line\n", test->name);
		exit(2);
	}
	if (test->build != NULL) {
		out = format("%s/build/tests/%s", top, test->name);
		test->output = out;
		test->newest = newest_below("tests/prog", "*");
	}
	list_add(list, test);
	*test = (struct test){ 0 };
}

void recipes_read(struct test_list *list, const char *top, const char *path)
{
	FILE *file = fopen(path, "r");
	struct test test = { 0 };
	char *line = NULL, *value;
	size_t room = 0;

	while (file != NULL && getline(&line, &room, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#')
			continue;
		value = strchr(line, ':');
		if (value == NULL) {
			finish(list, top, &test);
			continue;
		}
		*value++ = '\0';
		value += strspn(value, " \t");
		if (strcmp(line, "name") == 0)
			test.name = format("prog/%s", value);
		else if (strcmp(line, "run") == 0)
			test.command = strdup(value);
		else if (strcmp(line, "native") == 0)
			test.native = strdup(value);
		else if (strcmp(line, "build") == 0)
			test.build = strdup(value);
		else if (strcmp(line, "expect") == 0)
			test.expect = atoi(value);
		else
			fprintf(stderr, "tests: %s: unknown key %s\n", path, line);
	}
	finish(list, top, &test);
	free(line);
	if (file != NULL)
		fclose(file);
}
