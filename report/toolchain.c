/* Who made it: compilers and their flags, the language, the C library and its version. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/program.h"

#define COMMENTS_MAX 64
#define LINES_MAX 256
#define FLAGS_MAX 128

/* --- .comment: one string per compiler that took part --- */

static void comment_facts(struct program *p)
{
	json_t *list = fact_list();
	size_t size = 0;
	const u8 *at = elf_section_bytes(p, ".comment", &size);

	while (at != NULL && size != 0) {
		size_t len = strnlen((const char *)at, size);

		if (len > 2 && len < 512)
			fact_add_unique(list, fact_bytes(at, len), COMMENTS_MAX);
		len += len < size;
		at += len;
		size -= len;
	}
	fact_put(p->facts, "comments", list);
}

/* --- command lines: .GCC.command.line here, DW_AT_producer in dwarf.c --- */

static bool is_flag(const char *word, size_t len)
{
	return len > 1 && word[0] == '-' && word[1] != '-';
}

/* The flags of one command line as a list, each once. */
static json_t *line_flags(const char *line)
{
	json_t *flags = fact_list();

	while (*line != 0) {
		size_t len = strcspn(line, " ");

		if (is_flag(line, len))
			fact_add_unique(flags, fact_bytes(line, len), FLAGS_MAX);
		line += len;
		line += strspn(line, " ");
	}
	return flags;
}

static bool list_has(const json_t *list, const json_t *text)
{
	size_t i;
	json_t *have;

	json_array_foreach(list, i, have)
		if (json_equal(have, text))
			return true;
	return false;
}

/* Flags on all lines, and those that only some have. */
static void flags_facts(struct program *p, const json_t *lines)
{
	json_t *common = NULL, *others = fact_list(), *line, *flag;
	size_t i, j;

	json_array_foreach(lines, i, line) {
		json_t *flags = line_flags(json_string_value(line));
		json_t *both = fact_list();

		if (common == NULL) {
			common = flags;
			json_decref(both);
			continue;
		}
		json_array_foreach(common, j, flag) {
			if (list_has(flags, flag))
				fact_add(both, json_incref(flag));
			else
				fact_add_unique(others, json_incref(flag), FLAGS_MAX);
		}
		json_array_foreach(flags, j, flag)
			if (!list_has(common, flag))
				fact_add_unique(others, json_incref(flag), FLAGS_MAX);
		json_decref(common);
		json_decref(flags);
		common = both;
	}
	fact_put(p->facts, "flags_common", common == NULL ? fact_list() : common);
	fact_put(p->facts, "flags_some", others);
}

/* "GNU C23 14.1.0": what a command line begins with before its first flag. */
static void compiler_add(json_t *compilers, const char *line)
{
	const char *flag = strstr(line, " -");
	size_t len = flag == NULL ? strlen(line) : (size_t)(flag - line);

	if (len > 2 && line[0] != '-')
		fact_add_unique(compilers, fact_bytes(line, MIN(len, (size_t)160)), 32);
}

static void command_facts(struct program *p)
{
	json_t *lines = fact_list(), *compilers = fact_list(), *singles = fact_list(), *line;
	const json_t *producers = fact_get(p->facts, "producers");
	size_t size = 0, i;
	const u8 *at = elf_section_bytes(p, ".GCC.command.line", &size);

	fact_put_number(p->facts, "command_line_size", size);
	/* Old compilers write each flag as a string of its own, new ones a whole line. */
	while (at != NULL && size != 0) {
		size_t len = strnlen((const char *)at, size);

		if (len > 2 && len < 8192)
			fact_add_unique(memchr(at, ' ', len) != NULL ? lines : singles,
					fact_bytes(at, len), LINES_MAX);
		len += len < size;
		at += len;
		size -= len;
	}
	json_array_foreach(producers, i, line)
		if (strstr(json_string_value(line), " -") != NULL)
			fact_add_unique(lines, json_incref(line), LINES_MAX);
	json_array_foreach(lines, i, line)
		compiler_add(compilers, json_string_value(line));
	json_array_foreach(producers, i, line)
		compiler_add(compilers, json_string_value(line));
	flags_facts(p, lines);
	if (json_array_size(singles) != 0)
		json_array_extend(json_object_get(p->facts, "flags_some"), singles);
	fact_put_number(p->facts, "command_lines", json_array_size(lines));
	fact_put(p->facts, "compilers", compilers);
	json_decref(lines);
	json_decref(singles);
}

/* --- Go --- */

static size_t varint(const u8 *at, size_t len, u64 *ret)
{
	u64 value = 0;

	for (size_t i = 0; i < len && i < 9; i++) {
		value |= (u64)(at[i] & 0x7f) << (7 * i);
		if (!(at[i] & 0x80)) {
			*ret = value;
			return i + 1;
		}
	}
	return 0;
}

/* .go.buildinfo: since Go 1.18 the version and the modules are strings in it. */
static void go_facts(struct program *p)
{
	size_t size = 0, n;
	const u8 *at = elf_section_bytes(p, ".go.buildinfo", &size);
	u64 len;

	if (at == NULL || size < 33 || memcmp(at, "\xff Go buildinf:", 14) != 0 || !(at[15] & 2))
		return;
	at += 32;
	size -= 32;
	n = varint(at, size, &len);
	if (n == 0 || len > size - n || len > 256)
		return;
	fact_put(p->facts, "go_version", fact_bytes(at + n, len));
	at += n + len;
	size -= n + len;
	n = varint(at, size, &len);
	/* Framed by 16 bytes before and after. */
	if (n != 0 && len <= size - n && len > 32 && len < 1 << 20)
		fact_put(p->facts, "go_modules", fact_bytes(at + n + 16, len - 32));
}

/* --- what follows from all that --- */

static bool any_has(const json_t *list, const char *part)
{
	size_t i;
	json_t *text;

	json_array_foreach(list, i, text)
		if (strstr(json_string_value(text), part) != NULL)
			return true;
	return false;
}

static const char *language_of(const struct program *p)
{
	const json_t *comments = fact_get(p->facts, "comments");
	const json_t *compilers = fact_get(p->facts, "compilers");
	const json_t *languages = fact_get(p->facts, "dwarf_languages");
	size_t size;

	if (fact_get(p->facts, "go_version") != NULL || fact_get(p->facts, "go_build_id") != NULL ||
	    elf_section_bytes(p, ".gopclntab", &size) != NULL)
		return "Go";
	if (any_has(comments, "rustc") || any_has(compilers, "rustc") ||
	    fact_get(p->facts, "rust_commit") != NULL)
		return "Rust";
	if (any_has(languages, "C++") || fact_true(p->facts, "cxx") ||
	    any_has(fact_get(p->facts, "library_names"), "libstdc++") ||
	    any_has(compilers, "GNU C++"))
		return "C++";
	if (json_array_size(comments) != 0 || json_array_size(compilers) != 0 ||
	    fact_get(p->facts, "ape") != NULL)
		return "C";
	return NULL;
}

/* The releases that behave like this one; the file itself does not say. */
static void cosmopolitan_facts(struct program *p)
{
	const char *path = fact_string(p->facts, "cosmopolitan_path");
	const char *mechanism = fact_string(p->facts, "tls.mechanism");
	u64 base = fact_number(json_array_get(fact_get(p->facts, "segments"), 0), "vaddr");

	fact_put_text(p->facts, "libc", "Cosmopolitan Libc");
	if (path[0] != 0) {
		fact_put_text(p->facts, "libc_version", path);
		return;
	}
	if (strncmp(mechanism, "ARCH_SET_GS", 11) == 0)
		fact_put_text(p->facts, "libc_version", "3.3 to 4.0.2 (inferred: ARCH_SET_GS)");
	else if (base >= 0x4200000 && base < 0x4300000)
		fact_put_text(p->facts, "libc_version",
			      "after 4.0.2 (inferred: image base, ARCH_SET_FS)");
	else if (strncmp(mechanism, "ARCH_SET_FS", 11) == 0)
		fact_put_text(p->facts, "libc_version",
			      "2.0 to 3.2, or a later build changed to use FS (inferred)");
}

/* Its folder when it was compiled with debug information: "/build/musl-1.2.3". */
static bool musl_version(struct program *p)
{
	size_t i;
	json_t *folder;

	json_array_foreach(fact_get(p->facts, "comp_dirs"), i, folder) {
		const char *at = strstr(json_string_value(folder), "/musl-");

		for (; at != NULL; at = strstr(at + 1, "/musl-"))
			if (at[6] >= '0' && at[6] <= '9') {
				fact_put(p->facts, "libc_version",
					 fact_bytes(at + 6, strspn(at + 6, "0123456789.")));
				return true;
			}
	}
	return false;
}

static void libc_facts(struct program *p)
{
	const char *interpreter = fact_string(p->facts, "interpreter");
	const char *glibc = fact_string(p->facts, "glibc_needed");

	if (fact_true(p->facts, "cosmopolitan") ||
	    (fact_get(p->facts, "ape") != NULL && !fact_true(p->facts, "glibc_text") &&
	     !fact_true(p->facts, "musl_text"))) {
		cosmopolitan_facts(p);
	} else if (strstr(interpreter, "ld-musl") != NULL) {
		fact_put_text(p->facts, "libc", "musl");
	} else if (interpreter[0] != 0 && glibc[0] != 0) {
		fact_put_text(p->facts, "libc", "GNU C Library");
		fact_put(p->facts, "libc_version",
			 fact_format("%s or later", strchr(glibc, '_') + 1));
	} else if (fact_get(p->facts, "glibc_banner") != NULL) {
		const char *version = strstr(fact_string(p->facts, "glibc_banner"), "version ");

		fact_put_text(p->facts, "libc", "GNU C Library");
		if (version != NULL)
			fact_put(p->facts, "libc_version",
				 fact_bytes(version + 8, strspn(version + 8, "0123456789.")));
		fact_put_text(p->facts, "libc_build", fact_string(p->facts, "glibc_banner"));
	} else if (fact_true(p->facts, "glibc_text")) {
		fact_put_text(p->facts, "libc", "GNU C Library");
		fact_put_text(p->facts, "libc_version", "(static; the version is not in the file)");
	} else if (musl_version(p)) {
		fact_put_text(p->facts, "libc", "musl");
	} else if (fact_true(p->facts, "musl_text")) {
		fact_put_text(p->facts, "libc", "musl (inferred from its messages)");
	}
}

void toolchain_facts(struct program *p)
{
	json_t *names = fact_list(), *row;
	size_t i;

	json_array_foreach(fact_get(p->facts, "libraries"), i, row)
		fact_add(names, json_incref(json_object_get(row, "name")));
	fact_put(p->facts, "library_names", names);
	comment_facts(p);
	command_facts(p);
	go_facts(p);
	fact_put_text(p->facts, "language", language_of(p));
	libc_facts(p);
}
