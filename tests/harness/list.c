/*
 * list.c - finds the tests: sources with their directives, and script suites.
 *
 * A directive is a line of its own near the top of a source:
 *	//build: static dynamic      variants, each a test of its own (default static)
 *	//cflags: -mavx2             further compiler flags
 *	//args: one two              words after the program
 *	//env: NAME=value            one further variable
 *	//expect: exit 3             or "signal 11"; default exit 0
 *	//only: nacre                an attack on the jail; see canary.c
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

struct directives {
	char *build, *cflags, *args, *env, *expect, *only;
};

struct recipe {
	const char *suffix, *variant, *command;
};

#define GCC "gcc -std=gnu17 -D_GNU_SOURCE -O1 -Wall -Wextra -Werror -pthread "
#define FREE "-nostdlib -nostartfiles -ffreestanding -fno-stack-protector "

/* %1 source, %2 output, %3 the test's own flags. The first of a suffix is default. */
static const struct recipe recipes[] = {
	{ ".c", "static", GCC "-static %3 -o %2 %1" },
	{ ".c", "dynamic", GCC "%3 -o %2 %1" },
	{ ".c", "static-pie", GCC "-static-pie -fPIE %3 -o %2 %1" },
	{ ".c", "no-pie", GCC "-no-pie -fno-pie %3 -o %2 %1" },
	{ ".c", "musl", "musl-gcc -std=gnu17 -D_GNU_SOURCE -O1 -Wall -Wextra -pthread "
			"-static -idirafter /usr/include "
			"-idirafter /usr/include/x86_64-linux-gnu %3 -o %2 %1" },
	{ ".c", "bare", GCC FREE "-static %3 -o %2 %1" },
	{ ".c", "bare-pie", GCC FREE "-static-pie -fPIE %3 -o %2 %1" },
	{ ".c", "tcc", "tcc -D_GNU_SOURCE %3 -o %2 %1" },
	{ ".cpp", "static", "g++ -std=c++17 -O1 -Wall -Wextra -Werror -pthread -static "
			    "%3 -o %2 %1" },
	{ ".cpp", "dynamic", "g++ -std=c++17 -O1 -Wall -Wextra -Werror -pthread %3 "
			     "-o %2 %1" },
	{ ".go", "static", "CGO_ENABLED=0 GOFLAGS=-mod=mod GO111MODULE=off "
			   "GOCACHE=\"$PWD/build/tests/go-cache\" "
			   "GOPATH=\"$PWD/build/tests/go-path\" go build %3 -o %2 %1" },
	{ ".rs", "dynamic", "/usr/bin/rustc -O %3 -o %2 %1" },
	{ ".rs", "crt-static", "/usr/bin/rustc -O -C target-feature=+crt-static %3 "
			       "-o %2 %1" },
};

char *format(const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	return text;
}

void list_add(struct test_list *list, const struct test *test)
{
	if (list->count == list->room) {
		list->room = list->room ? 2 * list->room : 256;
		list->item = realloc(list->item, list->room * sizeof(*list->item));
	}
	list->item[list->count++] = *test;
}

static time_t modified(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_mtime : 0;
}

time_t newest_below(const char *dir, const char *suffix)
{
	char *pattern = format("%s/*%s", dir, suffix);
	time_t newest = 0;
	glob_t found;

	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			if (modified(found.gl_pathv[i]) > newest)
				newest = modified(found.gl_pathv[i]);
		globfree(&found);
	}
	free(pattern);
	return newest;
}

/* The value of the line if it is this directive, else NULL. */
static char *directive(char *line, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(line, "//", 2) != 0 || strncmp(line + 2, name, len) != 0 ||
	    line[2 + len] != ':')
		return NULL;
	line += 3 + len;
	line[strcspn(line, "\n")] = '\0';
	return strdup(line + strspn(line, " "));
}

static void read_directives(const char *path, struct directives *d)
{
	char *line = NULL, *value;
	FILE *file = fopen(path, "r");
	size_t room = 0;

	for (int n = 0; file != NULL && n < 40 && getline(&line, &room, file) > 0; n++) {
		if ((value = directive(line, "build")) != NULL)
			d->build = value;
		else if ((value = directive(line, "cflags")) != NULL)
			d->cflags = value;
		else if ((value = directive(line, "args")) != NULL)
			d->args = value;
		else if ((value = directive(line, "env")) != NULL)
			d->env = value;
		else if ((value = directive(line, "expect")) != NULL)
			d->expect = value;
		else if ((value = directive(line, "only")) != NULL)
			d->only = value;
	}
	free(line);
	if (file != NULL)
		fclose(file);
}

static int expected_status(const char *text)
{
	int n;

	if (text == NULL)
		return 0;
	if (sscanf(text, "exit %d", &n) == 1)
		return n;
	if (sscanf(text, "signal %d", &n) == 1)
		return 128 + n;
	fprintf(stderr, "tests: bad //expect: %s\n", text);
	exit(2);
}

static const struct recipe *find_recipe(const char *suffix, const char *variant)
{
	for (size_t i = 0; i < sizeof(recipes) / sizeof(recipes[0]); i++)
		if (strcmp(recipes[i].suffix, suffix) == 0 &&
		    (variant == NULL || strcmp(recipes[i].variant, variant) == 0))
			return &recipes[i];
	return NULL;
}

static char *fill_in(const char *command, const char *source, const char *output,
		     const char *flags)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (; *command != '\0'; command++) {
		if (*command != '%') {
			fputc(*command, out);
			continue;
		}
		command++;
		fputs(*command == '1' ? source : *command == '2' ? output : flags, out);
	}
	fclose(out);
	return text;
}

static void add_variant(struct test_list *list, const char *top, const char *path,
			const struct recipe *recipe, bool named,
			const struct directives *d)
{
	const char *inner = path + strlen("tests/");
	int stem = (int)(strlen(inner) - strlen(recipe->suffix));
	struct test test = { .expect = expected_status(d->expect) };
	char *temporary;

	test.name = format("%.*s%s%s", stem, inner, named ? "@" : "",
			   named ? recipe->variant : "");
	test.output = format("%s/build/tests/%s", top, test.name);
	temporary = format("'%s.%d'", test.output, (int)getpid());
	test.build = fill_in(recipe->command, path, temporary, d->cflags ? d->cflags : "");
	free(temporary);
	test.newest = newest_below("tests/guest", ".h");
	/* short runs of what tests/stress has include its source */
	if (newest_below("tests/stress", ".c") > test.newest)
		test.newest = newest_below("tests/stress", ".c");
	if (modified(path) > test.newest)
		test.newest = modified(path);
	test.command = format("'%s' %s", test.output, d->args ? d->args : "");
	test.extra_env = d->env;
	test.only_nacre = d->only != NULL && strcmp(d->only, "nacre") == 0;
	list_add(list, &test);
}

static void add_source(struct test_list *list, const char *top, const char *path)
{
	const char *suffix = strrchr(path, '.');
	struct directives d = { 0 };
	char *variants, *variant, *rest;
	const struct recipe *recipe;
	bool several;

	read_directives(path, &d);
	if (d.build == NULL) {
		add_variant(list, top, path, find_recipe(suffix, NULL), false, &d);
		return;
	}
	rest = variants = strdup(d.build);
	several = strchr(variants, ' ') != NULL;
	while ((variant = strsep(&rest, " ")) != NULL) {
		if (*variant == '\0' || strcmp(variant, "none") == 0)
			continue;
		recipe = find_recipe(suffix, variant);
		if (recipe == NULL) {
			fprintf(stderr, "tests: %s: no variant %s\n", path, variant);
			exit(2);
		}
		add_variant(list, top, path, recipe, several, &d);
	}
	free(variants);
}

static void add_sources(struct test_list *list, const char *top, const char *pattern)
{
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		add_source(list, top, found.gl_pathv[i]);
	globfree(&found);
}

/* tests/X/check is a suite of its own that prints "ok", "not ok" and "skip" lines. */
static void add_scripts(struct test_list *list, const char *top)
{
	glob_t found;

	if (glob("tests/*/check", 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];
		struct test test = { .script = true };

		if (access(path, X_OK) != 0)
			continue;
		test.name = format("%.*s", (int)(strlen(path) - strlen("tests//check")),
				   path + strlen("tests/"));
		test.command = format("%s/%s", top, path);
		list_add(list, &test);
	}
	globfree(&found);
}

/* The slow ones first, so that no core idles at the end. */
void list_fill(struct test_list *list, const char *top)
{
	add_scripts(list, top);
	add_sources(list, top, "tests/prog/*.go");
	add_sources(list, top, "tests/prog/*.rs");
	add_sources(list, top, "tests/prog/*.cpp");
	recipes_read(list, top, "tests/prog/commands");
	add_sources(list, top, "tests/prog/*.c");
	add_sources(list, top, "tests/guest/*/*.c");
}
