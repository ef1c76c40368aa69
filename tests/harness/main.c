/*
 * main.c - the test runner: builds each test, runs it natively, runs it under nacre
 * in every entry mode, and compares exit status, stdout and stderr with the native run.
 *
 * Workers take the next test from a shared counter; a worker does all runs of a test.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

struct options {
	const char *modes, *filter;
	char *top, *nacre;
	int jobs;
	bool native_only, verbose, list;
};

static struct options options = { .modes = "trap", .jobs = 2 };

static void make_directories(const char *file)
{
	char *path = strdup(file);

	for (char *p = strchr(path + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		mkdir(path, 0777);
		*p = '/';
	}
	free(path);
}

static bool same_text(const char *path, const char *text)
{
	char have[8192];
	FILE *file = fopen(path, "r");
	size_t len;

	if (file == NULL)
		return false;
	len = fread(have, 1, sizeof(have), file);
	fclose(file);
	return len == strlen(text) && memcmp(have, text, len) == 0;
}

/* Compiled sources write $OUT.PID, which is renamed: two runners may share a tree. */
static bool build(const struct test *test)
{
	char *stamp, *made, *env, *command;
	struct run_request request = { .limit_ms = BUILD_LIMIT_MS, .inherit_env = true };
	struct outcome o;
	struct stat st;
	FILE *file;
	bool ok;

	if (test->build == NULL)
		return true;
	stamp = format("%s.cmd", test->output);
	made = format("%s.%d", test->output, (int)getppid());
	/* the pid in the command is not part of what the binary was built with */
	command = strdup(test->build);
	for (char *p; (p = strstr(command, made)) != NULL;)
		memmove(p + strlen(test->output), p + strlen(made),
			strlen(p + strlen(made)) + 1);
	if (stat(test->output, &st) == 0 && st.st_mtime > test->newest &&
	    same_text(stamp, command))
		return true;
	make_directories(test->output);
	env = format("OUT=%s", test->output);
	request.command = test->build;
	request.extra_env = env;
	run_process(&request, &o);
	ok = o.status == 0 && !o.timed_out;
	if (ok && access(made, F_OK) == 0)
		ok = rename(made, test->output) == 0;
	if (!ok) {
		unlink(made);
		report_fail(test->name, "build", "exit status %d\n%.2000s%.2000s", o.status,
			    o.out, o.err);
	} else if ((file = fopen(stamp, "w")) != NULL) {
		fputs(command, file);
		fclose(file);
	}
	outcome_free(&o);
	free(stamp);
	free(made);
	free(command);
	free(env);
	return ok;
}

static void run_mode(const struct test *test, const char *mode, struct outcome *ret_o)
{
	bool native = strcmp(mode, "native") == 0;
	const char *words = native && test->native ? test->native : test->command;
	struct canary canary = { 0 };
	struct run_request request = {
		.mode = mode,
		.extra_env = test->extra_env,
		.directory = "/tmp",
		.limit_ms = RUN_LIMIT_MS,
		.box = native ? BOX_NATIVE : BOX_GUARD,
	};
	char *prefix = native ? strdup("") :
		format("'%s' run --entry=%s --", options.nacre, mode);
	char *command = format("TOP='%s'; OUT='%s'; exec %s %s", options.top,
			       test->output ? test->output : "", prefix, words);
	const char *damage = NULL;

	if (test->only_nacre) {
		canary_create(&canary, "build/tests");
		for (int i = 0; i < 3; i++)
			request.canary_env[i] = canary.env[i];
	}
	request.command = command;
	run_process(&request, ret_o);
	if (test->only_nacre) {
		damage = canary_damage(&canary);
		canary_destroy(&canary);
	}
	if (damage != NULL) {
		free(ret_o->out);
		ret_o->out = format("ESCAPED: %s\n", damage);
		ret_o->out_len = strlen(ret_o->out);
	}
	free(prefix);
	free(command);
}

/* Why this run is bad by itself, or NULL. */
static char *trouble(const struct outcome *o)
{
	if (o->timed_out)
		return strdup("TIMEOUT");
	if (o->not_started)
		return format("could not be started: %.300s", o->err);
	if (o->leak[0])
		return format("CHANGED THE HOST: %s", o->leak);
	if (o->left_open)
		return strdup("left a process behind that holds its output open");
	return NULL;
}

static char *compare(const struct test *test, const char *mode,
		     const struct outcome *native, const struct outcome *guest)
{
	char *bad = trouble(guest);

	if (bad != NULL)
		return bad;
	if (guest->signal && strcmp(mode, "native") != 0)
		return format("nacre itself died of signal %d", guest->signal);
	if (test->only_nacre)
		return strstr(guest->out, "ESCAPED") || strstr(guest->err, "ESCAPED") ?
			strdup("the jail did not hold") : NULL;
	if (guest->status != native->status)
		return format("exit status %d, natively %d%s", guest->status, native->status,
			      native->signal ? " (a signal)" : "");
	if (guest->out_len != native->out_len ||
	    memcmp(guest->out, native->out, native->out_len) != 0)
		return strdup("stdout differs");
	if (guest->err_len != native->err_len ||
	    memcmp(guest->err, native->err, native->err_len) != 0)
		return strdup("stderr differs");
	return NULL;
}

static void check_mode(const struct test *test, const char *mode,
		       const struct outcome *native)
{
	const char *known = difference_reason(test->name, mode);
	struct outcome guest;
	char *bad;

	run_mode(test, mode, &guest);
	bad = compare(test, mode, native, &guest);
	if (bad != NULL && known == NULL) {
		/* Once more, and say so: the machine may just have been too busy. */
		report_again(test->name, mode, bad, guest.err);
		free(bad);
		outcome_free(&guest);
		run_mode(test, mode, &guest);
		bad = compare(test, mode, native, &guest);
	}
	if (bad == NULL && known != NULL)
		report_fail(test->name, mode,
			    "passes, remove the line from tests/differences");
	else if (known != NULL)
		report_skip(test->name, mode, known);
	else if (bad != NULL)
		report_fail_difference(test->name, mode, bad, native, &guest);
	else if (test->only_nacre && guest.status == STATUS_SKIP)
		report_skip(test->name, mode, guest.out_len ? guest.out : "skipped itself");
	else
		report_pass(test->name, mode);
	free(bad);
	outcome_free(&guest);
}

/* Every mode of `modes`, a list of words. */
static void for_each_mode(const struct test *test, const struct outcome *native,
			  void (*action)(const struct test *, const char *,
					 const struct outcome *))
{
	char *modes = strdup(options.modes), *rest = modes, *mode;

	while ((mode = strsep(&rest, " ")) != NULL)
		if (*mode != '\0')
			action(test, mode, native);
	free(modes);
}

static char *native_trouble(const struct test *test, const struct outcome *o)
{
	int expect = test->only_nacre ? STATUS_SKIP : test->expect;
	char *bad = trouble(o);

	if (bad != NULL || o->status == expect || o->status == STATUS_SKIP)
		return bad;
	return format("exit status %d%s, expected %d", o->status,
		      o->signal ? " (a signal)" : "", expect);
}

static bool check_native(const struct test *test, struct outcome *o)
{
	char *bad = native_trouble(test, o);

	if (bad != NULL) {
		report_again(test->name, "native", bad, o->err);
		free(bad);
		outcome_free(o);
		run_mode(test, "native", o);
		bad = native_trouble(test, o);
	}
	if (bad == NULL && o->status == STATUS_SKIP && !test->only_nacre) {
		report_skip(test->name, "native", o->out_len ? o->out : "skipped itself");
		return false;
	}
	if (bad != NULL)
		report_fail(test->name, "native", "%s\n%.2000s%.2000s", bad, o->out, o->err);
	else if (options.native_only && test->only_nacre)
		report_skip_quietly();
	else if (options.native_only)
		report_pass(test->name, "native");
	free(bad);
	return bad == NULL;
}

/* A suite that counts for itself: its lines are our results. */
static void run_script(const struct test *test, const char *mode,
		       const struct outcome *unused)
{
	struct run_request request = { .limit_ms = SCRIPT_LIMIT_MS, .mode = mode };
	struct outcome o;
	char *bad, *rest, *line, *command = format("exec '%s' %s", test->command, mode);
	int lines = 0;

	(void)unused;
	request.command = command;
	request.directory = options.top;
	run_process(&request, &o);
	rest = o.out;
	while ((line = strsep(&rest, "\n")) != NULL) {
		char *name = NULL, *why = NULL;
		bool ok = sscanf(line, "ok %ms", &name) == 1;
		bool skip = !ok && sscanf(line, "skip %ms %m[^\n]", &name, &why) >= 1;
		bool fail = !ok && !skip && sscanf(line, "not ok %ms %m[^\n]", &name, &why) >= 1;
		char *full = format("%s/%s", test->name, name ? name : "");
		const char *known = name ? difference_reason(full, mode) : NULL;

		if (ok && known)
			report_fail(full, mode, "passes, remove the line from tests/differences");
		else if (ok)
			report_pass(full, mode);
		else if (skip || (fail && known))
			report_skip(full, mode, known ? known : why ? why : "");
		else if (fail)
			report_fail(full, mode, "%s", why ? why : "");
		lines += ok || skip || fail;
		free(name);
		free(why);
		free(full);
	}
	bad = trouble(&o);
	if (bad == NULL && (o.status != 0 || lines == 0))
		bad = format("exit status %d after %d results\n%.2000s", o.status, lines, o.err);
	if (bad != NULL)
		report_fail(test->name, mode, "%s", bad);
	free(bad);
	free(command);
	outcome_free(&o);
}

static void run_test(const struct test *test)
{
	struct outcome native;

	if (test->script && options.native_only)
		run_script(test, "native", NULL);
	else if (test->script)
		for_each_mode(test, NULL, run_script);
	if (test->script || !build(test))
		return;
	run_mode(test, "native", &native);
	if (check_native(test, &native) && !options.native_only)
		for_each_mode(test, &native, check_mode);
	outcome_free(&native);
}

static void run_all(const struct test_list *list)
{
	atomic_size_t *next = mmap(NULL, sizeof(*next), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	size_t i;
	int status;

	if (next == MAP_FAILED)
		abort();
	fflush(NULL);
	for (int n = 0; n < options.jobs; n++) {
		if (fork() != 0)
			continue;
		while ((i = (*next)++) < list->count)
			run_test(&list->item[i]);
		exit(0);
	}
	while (wait(&status) > 0)
		if (status != 0)
			report_fail("harness", "worker", "ended with status %#x", status);
}

static void usage(int status)
{
	fprintf(status ? stderr : stdout,
		"usage: tests/run [--native-only] [--modes \"trap ...\"] [-j N] [-v] [--list] "
		"[FILTER...]\n"
		"Runs the tests whose name contains a FILTER; all without one. NACRE in the\n"
		"environment names another program than build/nacre.\n");
	exit(status);
}

static void parse(int argc, char **argv)
{
	static const struct option known[] = {
		{ "native-only", no_argument, NULL, 'n' },
		{ "modes", required_argument, NULL, 'm' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "list", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "nm:j:vlh", known, NULL)) != -1) {
		switch (c) {
		case 'n': options.native_only = true; break;
		case 'm': options.modes = optarg; break;
		case 'j': options.jobs = atoi(optarg); break;
		case 'v': options.verbose = true; break;
		case 'l': options.list = true; break;
		case 'h': usage(0); break;
		default: usage(2);
		}
	}
	if (options.jobs < 1)
		usage(2);
}

static bool wanted(const char *name, char **filters)
{
	if (*filters == NULL)
		return true;
	for (; *filters != NULL; filters++)
		if (strstr(name, *filters) != NULL)
			return true;
	return false;
}

/* "--modes native" runs everything natively twice: are the tests deterministic? */
static bool needs_nacre(void)
{
	return !options.native_only && !options.list && strcmp(options.modes, "native") != 0;
}

int main(int argc, char **argv)
{
	struct test_list all = { 0 }, list = { 0 };

	parse(argc, argv);
	options.top = realpath(".", NULL);
	if (strncmp(options.top, "/tmp/", 5) == 0) {
		fprintf(stderr, "tests: the tree is in /tmp, which a sandbox does not show\n");
		return 2;
	}
	const char *nacre = getenv("NACRE");

	options.nacre = realpath(nacre != NULL ? nacre : "build/nacre", NULL);
	if (needs_nacre() && (options.nacre == NULL || access(options.nacre, X_OK) != 0)) {
		fprintf(stderr, "tests: %s: %s (run make first, or --native-only)\n",
			nacre != NULL ? nacre : "build/nacre", strerror(errno));
		return 2;
	}
	list_fill(&all, options.top);
	for (size_t i = 0; i < all.count; i++)
		if (wanted(all.item[i].name, argv + optind))
			list_add(&list, &all.item[i]);
	for (size_t i = 0; options.list && i < list.count; i++)
		puts(list.item[i].name);
	if (options.list)
		return 0;
	box_set_top(options.top);
	if (!box_possible()) {
		fprintf(stderr, "tests: cannot make a throw-away view of the files (root and "
				"overlayfs are needed); tests change system files, so none runs\n");
		return 2;
	}
	differences_read("tests/differences");
	report_open(options.verbose);
	run_all(&list);
	return report_close();
}
