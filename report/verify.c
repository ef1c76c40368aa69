/* Running the tests under every profile and judging the results: see verify.h. */
#include "report/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profile/profile.h"
#include "report/calls.h"
#include "report/crash.h"
#include "report/run.h"

#define ARGUMENTS_MAX 500u

struct verification {
	const struct verify_request *request;
	struct program *p;
	char *program; /* path that is run */
	char folder[64];
};

static json_t *run_test(const struct verification *v, const char *profile, const json_t *test,
			const char *env)
{
	const json_t *args = fact_get(test, "args");
	char *argv[ARGUMENTS_MAX];
	size_t count = MIN(json_array_size(args), (size_t)ARGUMENTS_MAX - 2);
	struct run_request r = {
		.nacre = v->request->nacre,
		.profile = profile,
		.argv = argv,
		.input = json_string_value(fact_get(test, "stdin")),
		.env = env,
		.timeout_ms = v->request->timeout_ms,
		.folder = v->folder,
	};
	json_t *run;

	argv[0] = v->program;
	for (size_t i = 0; i < count; i++)
		argv[1 + i] = (char *)json_string_value(json_array_get(args, i));
	argv[1 + count] = NULL;
	run = run_program(&r);
	fact_put_text(run, "name", fact_string(test, "name"));
	return run;
}

/* NULL: passed; else what is missing. */
static json_t *judge(const json_t *test, const json_t *run)
{
	const json_t *out = fact_get(test, "stdout"), *part = fact_get(test, "contains");
	u64 wanted = fact_number(test, "status"), status = fact_number(run, "status");

	if (fact_get(run, "crash") != NULL && fact_string(run, "signal")[0] != 0)
		return fact_format("killed by %s", fact_string(run, "signal"));
	if (fact_true(run, "timeout"))
		return fact_text("did not end in time");
	if (status != wanted)
		return fact_format("exit status %llu, wanted %llu", (unsigned long long)status,
				   (unsigned long long)wanted);
	if (out != NULL && strcmp(json_string_value(out), fact_string(run, "stdout")) != 0)
		return fact_text("other output than wanted");
	if (part != NULL && strstr(fact_string(run, "stdout"), json_string_value(part)) == NULL)
		return fact_format("the output does not contain \"%s\"", json_string_value(part));
	return NULL;
}

/* What is not as in the run to compare with; NULL: nothing. */
static json_t *difference(const json_t *base, const json_t *run)
{
	if (fact_number(base, "status") != fact_number(run, "status"))
		return fact_format("exit status %llu instead of %llu",
				   (unsigned long long)fact_number(run, "status"),
				   (unsigned long long)fact_number(base, "status"));
	if (strcmp(fact_string(base, "stdout"), fact_string(run, "stdout")) != 0)
		return fact_text("other output");
	if (strcmp(fact_string(base, "stderr"), fact_string(run, "stderr")) != 0)
		return fact_text("other messages on standard error");
	return NULL;
}

static void profile_facts(json_t *facts, const struct profile *profile)
{
	json_t *lines = fact_list();

	fact_put_text(facts, "name", profile->name);
	fact_put_text(facts, "title", profile->title);
	fact_put_text(facts, "source", profile->source);
	fact_put_text(facts, "release", profile->release);
	fact_put_text(facts, "version", profile->version);
	for (u32 i = 0; i < profile->fact_count; i++)
		fact_add(lines, fact_text(profile->facts[i]));
	fact_put(facts, "facts", lines);
}

/* Other ways to start a program that has crashed, as one would try by hand. */
static void workarounds(const struct verification *v, const char *profile, json_t *facts,
			const json_t *test)
{
	static const char *const envs[] = { NULL, "COSMOPOLITAN_DISABLE_ZIPOS=1" };
	static const char *const names[] = { "without arguments", "COSMOPOLITAN_DISABLE_ZIPOS=1" };
	json_t *list = fact_list(), *bare = json_deep_copy(test);

	json_object_del(bare, "args");
	for (size_t i = 0; i < ARRAY_SIZE(envs); i++) {
		json_t *run, *row;

		if ((i == 1 && strncmp(fact_string(v->p->facts, "libc"), "Cosmo", 5) != 0) ||
		    (i == 0 && json_array_size(fact_get(test, "args")) == 0))
			continue;
		run = run_test(v, profile, i == 0 ? bare : test, envs[i]);
		row = fact_object();
		fact_put_text(row, "what", names[i]);
		fact_put_bool(row, "helped", fact_number(run, "status") < 128);
		fact_put(row, "result",
			 fact_string(run, "signal")[0] != 0 ?
				 fact_format("still %s", fact_string(run, "signal")) :
				 fact_format("exit status %llu",
					     (unsigned long long)fact_number(run, "status")));
		fact_add(list, row);
		json_decref(run);
	}
	json_decref(bare);
	fact_put(facts, "workarounds", list);
}

static json_t *profile_runs(const struct verification *v, const char *name,
			    const struct profile *profile, const json_t *tests, const json_t *base)
{
	json_t *facts = fact_object(), *runs = fact_list(), *test;
	bool failed = false, differs = false;
	size_t i;

	profile_facts(facts, profile);
	json_array_foreach(tests, i, test) {
		json_t *run = run_test(v, name, test, NULL), *why = judge(test, run), *other;
		const json_t *with = json_array_get(fact_get(base, "runs"), i);

		fact_put_bool(run, "passed", why == NULL);
		fact_put(run, "why", why);
		crash_analyse(v->p, run);
		if (why != NULL)
			cause_find(v->p, profile, run);
		other = base == NULL ? NULL : difference(with, run);
		differs |= other != NULL;
		fact_put(run, "differs", other);
		if (base != NULL)
			fact_put(run, "diverges",
				 calls_diverge(fact_get(with, "calls"), fact_get(run, "calls")));
		if (fact_get(run, "crash") != NULL && fact_get(facts, "workarounds") == NULL)
			workarounds(v, name, facts, test);
		failed |= why != NULL;
		fact_add(runs, run);
	}
	fact_put(facts, "runs", runs);
	fact_put_text(facts, "verdict", failed ? "fails" : differs ? "differs" : "works");
	return facts;
}

/* --- the tests --- */

static json_t *test_new(const char *name, const char *argument)
{
	json_t *test = fact_object(), *args = fact_list();

	fact_put_text(test, "name", name);
	if (argument != NULL)
		fact_add(args, fact_text(argument));
	fact_put(test, "args", args);
	return test;
}

/*
 * The version flag that the program knows, tried under linux; a program that knows none is
 * started without arguments.
 */
static json_t *default_tests(const struct verification *v)
{
	static const char *const flags[] = { "--version", "-v", "-V", "version" };
	json_t *tests = fact_list();

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		json_t *test = test_new("Version check", flags[i]);
		json_t *run = run_test(v, "linux", test, NULL);
		bool good = fact_number(run, "status") == 0;

		json_decref(run);
		if (good) {
			fact_add(tests, test);
			return tests;
		}
		json_decref(test);
	}
	fact_add(tests, test_new("Start without arguments", NULL));
	return tests;
}

static json_t *tests_of(const struct verification *v, char *error)
{
	const struct verify_request *r = v->request;
	json_t *tests, *test, *args;

	if (r->spec != NULL)
		return spec_load(r->spec, error);
	if (!r->has_arguments)
		return default_tests(v);
	tests = fact_list();
	test = test_new("The given command", NULL);
	args = json_object_get(test, "args");
	for (u32 i = 0; r->arguments[i] != NULL && i < ARGUMENTS_MAX - 2; i++) {
		json_t *text = json_string(r->arguments[i]);

		if (text == NULL)
			text = fact_text(r->arguments[i]);
		fact_add(args, text);
	}
	fact_add(tests, test);
	return tests;
}

/* --- all of it --- */

static const char *verdict_of(const json_t *profiles, u32 asked)
{
	const char *verdict = "works";
	size_t i;
	json_t *row;

	json_array_foreach(profiles, i, row) {
		const char *one = fact_string(row, "verdict");

		/* linux is there to compare with, unless it is the only one. */
		if (i == 0 && asked != 0 && json_array_size(profiles) > 1 &&
		    !fact_true(row, "asked"))
			continue;
		if (strcmp(one, "fails") == 0)
			return one;
		if (strcmp(one, "differs") == 0)
			verdict = one;
	}
	return verdict;
}

static bool run_profiles(struct verification *v, const json_t *tests, json_t *list, char *error)
{
	const struct verify_request *r = v->request;
	json_t *base = NULL;
	bool asked = false;

	for (u32 i = 0; i < r->profile_count; i++)
		asked |= strcmp(r->profiles[i], "linux") == 0;
	for (u32 i = 0; i <= r->profile_count; i++) {
		const char *name = i == 0 ? "linux" : r->profiles[i - 1];
		struct profile *profile;
		json_t *one;

		if (i != 0 && strcmp(name, "linux") == 0)
			continue;
		if (!profile_load(name, &profile, error))
			return false;
		one = profile_runs(v, name, profile, tests, base);
		fact_put_bool(one, "asked", i != 0 || asked || r->profile_count == 0);
		profile_free(profile);
		fact_add(list, one);
		if (i == 0)
			base = one;
	}
	return true;
}

static json_t *verify_all(struct verification *v, char *error)
{
	json_t *facts = fact_object(), *profiles = fact_list(), *tests;
	struct profile *profile;

	/* Bad names first, before anything runs. */
	for (u32 i = 0; i < v->request->profile_count; i++) {
		if (!profile_load(v->request->profiles[i], &profile, error))
			goto failed;
		profile_free(profile);
	}
	tests = tests_of(v, error);
	if (tests == NULL)
		goto failed;
	fact_put(facts, "tests", tests);
	if (!run_profiles(v, tests, profiles, error))
		goto failed;
	fact_put_text(facts, "verdict", verdict_of(profiles, v->request->profile_count));
	fact_put(facts, "profiles", profiles);
	fact_put(facts, "program", json_incref(v->p->facts));
	return facts;
failed:
	json_decref(profiles);
	json_decref(facts);
	return NULL;
}

static void folder_remove(const char *folder)
{
	static const char *const names[] = { "trace", "log", "out", "err", "in" };
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

json_t *verify_program(const struct verify_request *request, struct program *p, char *error)
{
	struct verification v = { .request = request, .p = p };
	json_t *facts;

	/* Not under /tmp: a program that lies there hides it. */
	snprintf(v.folder, sizeof(v.folder), "/var/tmp/nacre-verify-XXXXXX");
	v.program = realpath(request->path, NULL);
	if (v.program == NULL || mkdtemp(v.folder) == NULL) {
		snprintf(error, VERIFY_ERROR_SIZE, "cannot make a folder below /var/tmp");
		free(v.program);
		return NULL;
	}
	facts = verify_all(&v, error);
	folder_remove(v.folder);
	free(v.program);
	return facts;
}

enum verify_status verify_status_of(const json_t *facts)
{
	const char *verdict = fact_string(facts, "verdict");

	return strcmp(verdict, "works") == 0 ? VERIFY_WORKS :
	       strcmp(verdict, "fails") == 0 ? VERIFY_FAILS :
					       VERIFY_DIFFERS;
}
