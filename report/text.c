/* Strings in the file that say something: copyrights, licences, versions, build paths. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/program.h"

#define STRING_MIN 6u
#define STRING_MAX 400u
#define SCAN_MAX (512u << 20)

struct strings {
	struct program *p;
	json_t *copyrights, *licences, *versions, *paths, *module_paths;
};

static bool has_year(const char *s)
{
	for (; *s != 0; s++)
		if ((strncmp(s, "19", 2) == 0 || strncmp(s, "20", 2) == 0) &&
		    isdigit((u8)s[2]) && isdigit((u8)s[3]))
			return true;
	return false;
}

static bool is_copyright(const char *s)
{
	const char *c = strstr(s, "opyright");

	return (c != NULL || strstr(s, "(c) ") != NULL || strstr(s, "(C) ") != NULL) &&
	       has_year(s);
}

static bool is_licence(const char *s)
{
	static const char *const names[] = {
		"MIT License", "MIT license", "BSD-2", "BSD-3", "Apache License", "ISC License",
		"ISC license", "GNU General Public", "GNU Lesser", "Mozilla Public", "zlib License",
		"SPDX-License-Identifier", "BSD License", "Public Domain", "Apache-2.0",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strstr(s, names[i]) != NULL)
			return true;
	return false;
}

/* "Lua 5.4.6", "BusyBox v1.35.0 (...)": a name, a blank, a number with a point. */
static size_t version_length(const char *s)
{
	size_t n = 0, digits;

	if (!isupper((u8)s[0]))
		return 0;
	while (isalpha((u8)s[n]) || s[n] == '+' || s[n] == '-')
		n++;
	if (n < 3 || n > 24 || s[n] != ' ')
		return 0;
	n += 1 + (s[n + 1] == 'v');
	digits = strspn(s + n, "0123456789.");
	if (digits < 3 || !isdigit((u8)s[n]) || memchr(s + n, '.', digits) == NULL ||
	    s[n + digits - 1] == '.' || isalnum((u8)s[n + digits]))
		return 0;
	return n + digits;
}

/* "/src/project/main.c": where it was built. */
static bool is_source_path(const char *s, size_t len)
{
	static const char *const ends[] = { ".c", ".cc", ".cpp", ".cxx", ".h", ".rs", ".go", ".S" };
	const char *dot = strrchr(s, '.');

	if (s[0] != '/' || dot == NULL || strchr(s, ' ') != NULL || len > 300 ||
	    strchr(s + 1, '/') == NULL || strchr(s, '%') != NULL)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (strcmp(dot, ends[i]) == 0)
			return true;
	return false;
}

/* "/build/o/3p/cosmopolitan/cosmopolitan-4.0.2/": the version is in the folder's name. */
static void cosmopolitan_path(struct program *p, const char *s)
{
	const char *at = strstr(s, "cosmopolitan-");

	if (at == NULL || !isdigit((u8)at[13]) || fact_get(p->facts, "cosmopolitan_path") != NULL)
		return;
	at += 13;
	fact_put(p->facts, "cosmopolitan_path", fact_bytes(at, strspn(at, "0123456789.")));
}

static void rust_commit(struct program *p, const char *s)
{
	const char *at = strstr(s, "/rustc/");

	if (at != NULL && strspn(at + 7, "0123456789abcdef") == 40 &&
	    fact_get(p->facts, "rust_commit") == NULL)
		fact_put(p->facts, "rust_commit", fact_bytes(at + 7, 40));
}

static void string_look(struct strings *s, const char *text, size_t len)
{
	struct program *p = s->p;
	size_t version = version_length(text);

	if (is_copyright(text))
		fact_add_unique(s->copyrights, fact_bytes(text, len), 64);
	if (is_licence(text) && len < 200)
		fact_add_unique(s->licences, fact_bytes(text, len), 32);
	if (version != 0)
		fact_add_unique(s->versions, fact_bytes(text, version), 24);
	if (is_source_path(text, len))
		fact_add_unique(s->paths, fact_bytes(text, len), 200);
	if (strncmp(text, "/zip/", 5) == 0)
		fact_add_unique(s->module_paths, fact_bytes(text, len), 32);
	if (strncmp(text, "GNU C Library (", 15) == 0)
		fact_put(p->facts, "glibc_banner", fact_bytes(text, len));
	if (strcmp(text, "GLIBC_TUNABLES") == 0 || strstr(text, "glibc.malloc.") == text)
		fact_put_bool(p->facts, "glibc_text", true);
	if (strcmp(text, "No error information") == 0)
		fact_put_bool(p->facts, "musl_text", true);
	if ((strstr(text, "osmopolitan") != NULL && is_copyright(text)) ||
	    strstr(text, "COSMOPOLITAN_") != NULL || strncmp(text, "_COSMO_", 7) == 0 ||
	    strstr(text, "cosmoaddr2line") != NULL)
		fact_put_bool(p->facts, "cosmopolitan", true);
	if (strncmp(text, "__gxx_personality", 17) == 0 || strncmp(text, "_ZNSt", 5) == 0)
		fact_put_bool(p->facts, "cxx", true);
	cosmopolitan_path(p, text);
	rust_commit(p, text);
}

static void strings_scan(struct strings *s)
{
	const u8 *data = s->p->in.data;
	size_t size = MIN(s->p->in.size, (size_t)SCAN_MAX), at = 0;
	char text[STRING_MAX + 1];

	while (at < size) {
		size_t len = 0;

		while (at + len < size && data[at + len] >= 0x20 && data[at + len] < 0x7f)
			len++;
		if (len >= STRING_MIN) {
			size_t part = MIN(len, (size_t)STRING_MAX);

			memcpy(text, data + at, part);
			text[part] = 0;
			string_look(s, text, part);
		}
		at += len + 1;
	}
}

/* The longest folder that many of the paths begin with, and others as they are. */
static void path_facts(struct program *p, json_t *paths)
{
	json_t *folders = fact_list(), *path;
	size_t i;

	json_array_foreach(paths, i, path) {
		const char *text = json_string_value(path), *slash = text;

		/* Four folders deep tell one tree from another. */
		for (int depth = 0; depth < 4 && strchr(slash + 1, '/') != NULL; depth++)
			slash = strchr(slash + 1, '/');
		if (slash != text)
			fact_add_unique(folders, fact_bytes(text, (size_t)(slash - text) + 1), 12);
	}
	fact_put(p->facts, "source_folders", folders);
	fact_put(p->facts, "source_paths", paths);
}

void text_facts(struct program *p)
{
	struct strings s = { p,		  fact_list(), fact_list(),
			     fact_list(), fact_list(), fact_list() };

	strings_scan(&s);
	fact_put(p->facts, "copyrights", s.copyrights);
	fact_put(p->facts, "licences", s.licences);
	fact_put(p->facts, "versions", s.versions);
	fact_put(p->facts, "zip_paths", s.module_paths);
	path_facts(p, s.paths);
}
