/* The file of tests that verify takes: see verify.h. Errors name file and field. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/verify.h"

#define TESTS_MAX 1000
#define SPEC_MAX (1u << 20)

static bool is_text(const json_t *value)
{
	const char *text = json_string_value(value);

	/* A NUL inside could not be given to a program. */
	return text != NULL && strlen(text) == json_string_length(value);
}

/* NULL, or what is wrong with the test. */
static const char *test_wrong(const json_t *test)
{
	static const char *const keys[] = { "name",   "args",	  "stdin",
					    "stdout", "contains", "status" };
	const char *key;
	json_t *value, *arg;
	size_t i;

	if (!json_is_object(test))
		return "must be an object";
	json_object_foreach((json_t *)test, key, value) {
		for (i = 0; i < ARRAY_SIZE(keys) && strcmp(keys[i], key) != 0; i++)
			;
		if (i == ARRAY_SIZE(keys))
			return "has an unknown field";
		if (strcmp(key, "status") == 0) {
			if (!json_is_integer(value) || json_integer_value(value) < 0 ||
			    json_integer_value(value) > 255)
				return "status must be a number from 0 to 255";
		} else if (strcmp(key, "args") == 0) {
			if (!json_is_array(value) || json_array_size(value) > 400)
				return "args must be a list of at most 400";
			json_array_foreach(value, i, arg)
				if (!is_text(arg))
					return "args must be a list of strings";
		} else if (!is_text(value)) {
			return "name, stdin, stdout and contains must be strings";
		}
	}
	return json_object_get(test, "name") == NULL ? "has no name" : NULL;
}

json_t *spec_parse(const char *name, const char *text, size_t len, char *error)
{
	json_error_t where;
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where), *tests, *test;
	const char *wrong = NULL;
	size_t i = 0;

	if (root == NULL) {
		snprintf(error, VERIFY_ERROR_SIZE, "%.120s: line %d: %.120s", name, where.line,
			 where.text);
		return NULL;
	}
	tests = json_object_get(root, "tests");
	if (!json_is_array(tests) || json_array_size(tests) == 0 ||
	    json_array_size(tests) > TESTS_MAX || json_object_size(root) != 1)
		wrong = "must be an object with a list of tests";
	else
		json_array_foreach(tests, i, test)
			if ((wrong = test_wrong(test)) != NULL)
				break;
	if (wrong != NULL) {
		snprintf(error, VERIFY_ERROR_SIZE, "%.120s: tests[%zu]: %s", name, i, wrong);
		tests = NULL;
	}
	json_incref(tests);
	json_decref(root);
	return tests;
}

json_t *spec_load(const char *path, char *error)
{
	struct input in;
	const char *wrong = input_open(path, &in);
	json_t *tests;

	if (wrong == NULL && in.size > SPEC_MAX) {
		input_close(&in);
		wrong = "is too long";
	}
	if (wrong != NULL) {
		snprintf(error, VERIFY_ERROR_SIZE, "%.200s: %s", path, wrong);
		return NULL;
	}
	tests = spec_parse(path, (const char *)in.data, in.size, error);
	input_close(&in);
	return tests;
}
