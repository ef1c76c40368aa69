/* Comparing: see compare.h. */
#include "report/compare.h"

#include <stdlib.h>
#include <string.h>

#include "report/calls.h"
#include "report/sections.h"

/* --- rows --- */

/* Takes a and b over; a row where neither has anything is left out. */
static void row_add(json_t *facts, const char *aspect, json_t *a, json_t *b)
{
	bool same = json_equal(a, b);
	json_t *row;

	if (json_string_length(a) == 0 && json_string_length(b) == 0) {
		json_decref(a);
		json_decref(b);
		return;
	}
	row = fact_object();
	fact_put_text(row, "aspect", aspect);
	fact_put(row, "a", a);
	fact_put(row, "b", b);
	fact_put_bool(row, "same", same);
	fact_add(json_object_get(facts, "rows"), row);
	if (!same)
		fact_put_bool(facts, "different", true);
}

static void row_number(json_t *facts, const char *aspect, u64 a, u64 b)
{
	row_add(facts, aspect, fact_format("%llu", (unsigned long long)a),
		fact_format("%llu", (unsigned long long)b));
}

static json_t *facts_new(const char *a, const char *b)
{
	json_t *facts = fact_object(), *names = fact_list();

	fact_add(names, fact_text(a));
	fact_add(names, fact_text(b));
	fact_put(facts, "names", names);
	fact_put(facts, "rows", fact_list());
	fact_put_bool(facts, "different", false);
	return facts;
}

/* --- what only one of them calls --- */

static json_t *only_in(const json_t *a, const json_t *b)
{
	json_t *list = fact_list(), *value;
	const char *name;

	json_object_foreach((json_t *)a, name, value)
		if (json_object_get(b, name) == NULL)
			fact_add(list, fact_text(name));
	return list;
}

static void calls_compare(json_t *facts, const json_t *a, const json_t *b)
{
	json_t *only = fact_object(), *place = calls_diverge(a, b);

	fact_put(only, "a", only_in(fact_get(a, "counts"), fact_get(b, "counts")));
	fact_put(only, "b", only_in(fact_get(b, "counts"), fact_get(a, "counts")));
	fact_put(facts, "only", only);
	if (place != NULL)
		fact_put_bool(facts, "different", true);
	fact_put(facts, "diverges", place);
}

json_t *compare_traces(const char *name_a, const json_t *a, const char *name_b, const json_t *b)
{
	json_t *facts = facts_new(name_a, name_b);

	row_number(facts, "Calls", fact_number(a, "total"), fact_number(b, "total"));
	row_number(facts, "Different calls", json_object_size(fact_get(a, "counts")),
		   json_object_size(fact_get(b, "counts")));
	calls_compare(facts, a, b);
	return facts;
}

/* --- programs --- */

static json_t *joined(const json_t *list)
{
	char *text = list_text(list, 6);
	json_t *value = fact_text(text);

	free(text);
	return value;
}

static json_t *libc_of(const json_t *facts)
{
	if (fact_string(facts, "libc")[0] == 0)
		return fact_text("");
	return fact_format("%s %s", fact_string(facts, "libc"), fact_string(facts, "libc_version"));
}

static const json_t *first_run_of(const json_t *profile)
{
	return json_array_get(fact_get(profile, "runs"), 0);
}

/* Names in a code scan as an object, which only_in() wants. */
static json_t *names_set(const json_t *list)
{
	json_t *set = fact_object(), *name;
	size_t i;

	json_array_foreach(list, i, name)
		fact_put_bool(set, json_string_value(name), true);
	return set;
}

static json_t *verdict_cell(const json_t *profile)
{
	const char *verdict = fact_string(profile, "verdict");
	const json_t *run = first_run_of(profile);

	if (strcmp(verdict, "works") == 0)
		return fact_text("\xe2\x9c\x85 works");
	if (strcmp(verdict, "fails") == 0)
		return fact_format("\xe2\x9d\x8c fails: %s", fact_string(run, "why"));
	return fact_text("\xe2\x9a\xa0\xef\xb8\x8f works with differences");
}

static void verified_rows(json_t *facts, const json_t *a, const json_t *b)
{
	const json_t *left = fact_get(a, "profiles"), *right = fact_get(b, "profiles");
	size_t n = MIN(json_array_size(left), json_array_size(right));

	for (size_t i = 0; i < n; i++) {
		const json_t *x = json_array_get(left, i), *y = json_array_get(right, i);

		row_add(facts, fact_string(x, "title"), verdict_cell(x), verdict_cell(y));
	}
	if (n != 0) {
		const json_t *x = first_run_of(json_array_get(left, n - 1));
		const json_t *y = first_run_of(json_array_get(right, n - 1));

		calls_compare(facts, fact_get(x, "calls"), fact_get(y, "calls"));
	}
}

json_t *compare_programs(const json_t *a, const json_t *b, const json_t *verified_a,
			 const json_t *verified_b)
{
	static const char *const texts[][2] = {
		{ "SHA256", "sha256" },	      { "Format", "format" },
		{ "Language", "language" },   { "Linking", "linking" },
		{ "Interpreter", "interpreter" }, { "Stack", "stack" },
		{ "RELRO", "relro" },	      { "Build ID", "build_id" },
		{ "Instruction set needed", "isa_needed" },
	};
	json_t *facts = facts_new(fact_string(a, "file"), fact_string(b, "file"));
	json_t *left, *right, *only = fact_object();

	row_add(facts, "Size", fact_size(fact_number(a, "size")),
		fact_size(fact_number(b, "size")));
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		row_add(facts, texts[i][0], fact_text(fact_string(a, texts[i][1])),
			fact_text(fact_string(b, texts[i][1])));
	row_add(facts, "Type", type_line(a), type_line(b));
	row_add(facts, "C library", libc_of(a), libc_of(b));
	row_add(facts, "Versions", joined(fact_get(a, "versions")),
		joined(fact_get(b, "versions")));
	row_add(facts, "Compiler", joined(fact_get(a, "compilers")),
		joined(fact_get(b, "compilers")));
	row_add(facts, "TLS mechanism", fact_text(tls_mechanism(a)), fact_text(tls_mechanism(b)));
	row_number(facts, "Call sites", fact_number(a, "syscalls.sites.syscall"),
		   fact_number(b, "syscalls.sites.syscall"));
	left = names_set(fact_get(a, "syscalls.calls"));
	right = names_set(fact_get(b, "syscalls.calls"));
	fact_put(only, "a", only_in(left, right));
	fact_put(only, "b", only_in(right, left));
	fact_put(facts, "can_only", only);
	json_decref(left);
	json_decref(right);
	verified_rows(facts, verified_a, verified_b);
	return facts;
}

json_t *compare_profiles(const json_t *verified)
{
	const json_t *profiles = fact_get(verified, "profiles");
	size_t n = json_array_size(profiles);
	const json_t *a = json_array_get(profiles, n < 2 ? 0 : n - 2);
	const json_t *b = json_array_get(profiles, n - 1);
	const json_t *x = first_run_of(a), *y = first_run_of(b);
	json_t *facts = facts_new(fact_string(a, "name"), fact_string(b, "name"));

	row_add(facts, "Result", verdict_cell(a), verdict_cell(b));
	row_add(facts, "Kernel", fact_text(fact_string(a, "release")),
		fact_text(fact_string(b, "release")));
	row_number(facts, "Exit status", fact_number(x, "status"), fact_number(y, "status"));
	row_number(facts, "Calls", fact_number(x, "calls.total"), fact_number(y, "calls.total"));
	row_number(facts, "Refused calls", json_array_size(fact_get(x, "refused")),
		   json_array_size(fact_get(y, "refused")));
	row_add(facts, "Cause", fact_text(fact_string(x, "cause.summary")),
		fact_text(fact_string(y, "cause.summary")));
	calls_compare(facts, fact_get(x, "calls"), fact_get(y, "calls"));
	return facts;
}

/* --- the document --- */

static void only_shown(struct doc *d, const json_t *only, const char *name, const char *which,
		       const char *how)
{
	const json_t *list = fact_get(only, which);
	char *text = list_text(list, 60);

	if (json_array_size(list) != 0)
		doc_text(d, "Only `%s` %s: %s", name, how, text);
	free(text);
}

static void diverges_shown(struct doc *d, const json_t *place, const char *a, const char *b)
{
	char *text = NULL;
	size_t size = 0, i;
	FILE *out;
	json_t *call;

	doc_heading(d, 2, "First call that differs");
	if (place == NULL) {
		doc_text(d, "None: the calls and their results are the same.");
		return;
	}
	out = open_memstream(&text, &size);
	if (out == NULL)
		return;
	json_array_foreach(fact_get(place, "before"), i, call)
		fprintf(out, "  %s\n", fact_string(call, "text"));
	fprintf(out, "- %s\n",
		fact_get(place, "a") != NULL ? fact_string(place, "a.text") : "(end)");
	fprintf(out, "+ %s\n",
		fact_get(place, "b") != NULL ? fact_string(place, "b.text") : "(end)");
	fclose(out);
	doc_text(d, "Call %llu; `-` is `%s`, `+` is `%s`:",
		 (unsigned long long)fact_number(place, "index") + 1, a, b);
	doc_code(d, "diff", text);
	free(text);
}

void compare_document(struct doc *d, const json_t *facts)
{
	const char *a = json_string_value(json_array_get(fact_get(facts, "names"), 0));
	const char *b = json_string_value(json_array_get(fact_get(facts, "names"), 1));
	char *columns;
	size_t i;
	json_t *row;

	doc_heading(d, 1, "Comparison");
	doc_heading(d, 2, "Comparison table");
	if (asprintf(&columns, "Aspect|%s|%s", a, b) < 0)
		return;
	doc_table(d, columns);
	free(columns);
	json_array_foreach(fact_get(facts, "rows"), i, row) {
		const char *const cells[] = { fact_string(row, "aspect"), fact_string(row, "a"),
					      fact_string(row, "b") };

		doc_row(d, cells);
	}
	doc_heading(d, 2, "Calls");
	only_shown(d, fact_get(facts, "can_only"), a, "a", "can make, by its code");
	only_shown(d, fact_get(facts, "can_only"), b, "b", "can make, by its code");
	only_shown(d, fact_get(facts, "only"), a, "a", "made");
	only_shown(d, fact_get(facts, "only"), b, "b", "made");
	if (fact_get(facts, "only") != NULL)
		diverges_shown(d, fact_get(facts, "diverges"), a, b);
}
