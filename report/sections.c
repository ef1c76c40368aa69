/* The sections of a report about a program, in the words and tables of the report's shape. */
#include "report/sections.h"

#include <stdlib.h>
#include <string.h>

json_t *type_line(const json_t *facts)
{
	const char *linking = fact_string(facts, "linking");

	if (fact_get(facts, "script") != NULL)
		return fact_format("script for %s", fact_string(facts, "script.interpreter"));
	if (fact_get(facts, "elf") == NULL)
		return fact_text(fact_string(facts, "kind"));
	return fact_format("ELF %llu-bit %s %s, %s, %s, %s",
			   (unsigned long long)fact_number(facts, "elf.class"),
			   fact_string(facts, "elf.byte_order"),
			   fact_true(facts, "pie_flag") ? "pie executable" :
							  fact_string(facts, "elf.type"),
			   fact_string(facts, "elf.machine"), linking,
			   fact_true(facts, "stripped")	  ? "stripped" :
			   fact_true(facts, "debug_info") ? "not stripped, with debug information" :
							    "not stripped");
}

char *list_text(const json_t *list, size_t max)
{
	char *text = NULL;
	size_t size = 0, i;
	FILE *f = open_memstream(&text, &size);
	json_t *item;

	if (f == NULL)
		return strdup("");
	json_array_foreach(list, i, item) {
		if (i == max) {
			fprintf(f, " and %zu more", json_array_size(list) - max);
			break;
		}
		fprintf(f, "%s%s", i == 0 ? "" : ", ", json_string_value(item));
	}
	fclose(f);
	return text;
}

char *code_text(const json_t *list, u64 at)
{
	char *text = NULL;
	size_t size = 0, i;
	FILE *f = open_memstream(&text, &size);
	json_t *row;

	if (f == NULL)
		return strdup("");
	json_array_foreach(list, i, row)
		fprintf(f, "%s%12s:  %-22s %s\n",
			at == 0				 ? "" :
			fact_number(row, "addr") == at ? "=> " :
							 "   ",
			fact_string(row, "addr"), fact_string(row, "bytes"),
			fact_string(row, "text"));
	fclose(f);
	return text;
}

static void fact_list_shown(struct doc *d, const char *key, const json_t *list, size_t max)
{
	char *text = list_text(list, max);

	doc_fact(d, key, text, false);
	free(text);
}

static void fact_size_shown(struct doc *d, const char *key, u64 size)
{
	json_t *text = fact_size(size);

	doc_fact(d, key, json_string_value(text), false);
	json_decref(text);
}

void section_binary(struct doc *d, const json_t *facts)
{
	json_t *type = type_line(facts);

	doc_heading(d, 2, "Binary information");
	doc_fact(d, "File", fact_string(facts, "file"), true);
	doc_fact(d, "Download source", fact_string(facts, "source"), false);
	doc_fact(d, "SHA256", fact_string(facts, "sha256"), true);
	fact_size_shown(d, "Size", fact_number(facts, "size"));
	doc_fact(d, "Format", fact_string(facts, "format"), false);
	doc_fact(d, "Type", json_string_value(type), false);
	doc_fact(d, "Build ID", fact_string(facts, "build_id"), true);
	doc_fact(d, "Go build ID", fact_string(facts, "go_build_id"), true);
	doc_fact(d, "Damage", fact_string(facts, "damage"), false);
	json_decref(type);
}

void section_versions(struct doc *d, const json_t *facts)
{
	const json_t *paths = fact_get(facts, "source_folders");

	doc_heading(d, 2, "Software versions");
	doc_fact(d, "Language", fact_string(facts, "language"), false);
	if (fact_string(facts, "libc")[0] != 0) {
		json_t *libc = fact_format("%s %s", fact_string(facts, "libc"),
					   fact_string(facts, "libc_version"));

		doc_fact(d, "C library", json_string_value(libc), false);
		json_decref(libc);
	}
	doc_fact(d, "C library build", fact_string(facts, "libc_build"), false);
	fact_list_shown(d, "Found in its text", fact_get(facts, "versions"), 12);
	fact_list_shown(d, "Compiler", fact_get(facts, "compilers"), 8);
	fact_list_shown(d, "Compiler comments", fact_get(facts, "comments"), 8);
	doc_fact(d, "Go", fact_string(facts, "go_version"), false);
	doc_fact(d, "Rust commit", fact_string(facts, "rust_commit"), true);
	doc_fact(d, "Kernel needed", fact_string(facts, "kernel_needed"), false);
	doc_fact(d, "Instruction set needed", fact_string(facts, "isa_needed"), false);
	fact_list_shown(d, "Build path", fact_get(facts, "comp_dirs"), 8);
	fact_list_shown(d, "Source paths in its text", paths, 8);
	if (fact_get(facts, "elf") != NULL && json_array_size(paths) == 0 &&
	    json_array_size(fact_get(facts, "comp_dirs")) == 0)
		doc_fact(d, "Build path", "not present in the file", false);
}

void section_linking(struct doc *d, const json_t *facts)
{
	const json_t *libraries = fact_get(facts, "libraries");
	size_t i;
	json_t *row;

	doc_heading(d, 2, "Linking");
	doc_fact(d, "Interpreter", fact_string(facts, "interpreter"), true);
	if (fact_true(facts, "interpreter_missing"))
		doc_text(d, "The interpreter is **not on this machine**.");
	doc_fact(d, "Name as a library", fact_string(facts, "soname"), true);
	doc_fact(d, "Library path inside", fact_string(facts, "runpath"), true);
	doc_fact(d, "Needs", fact_string(facts, "glibc_needed"), false);
	if (json_array_size(libraries) == 0)
		return;
	doc_table(d, "Library|Found as|Needed by");
	json_array_foreach(libraries, i, row) {
		const char *path = fact_string(row, "path"), *by = fact_string(row, "by");
		const char *const cells[] = { fact_string(row, "name"),
					      path[0] != 0 ? path : "MISSING",
					      by[0] != 0 ? by : "the program" };

		doc_row(d, cells);
	}
}

void section_properties(struct doc *d, const json_t *facts)
{
	if (fact_get(facts, "elf") == NULL)
		return;
	doc_heading(d, 2, "Protection");
	doc_fact(d, "Stack", fact_string(facts, "stack"), false);
	doc_fact(d, "RELRO", fact_string(facts, "relro"), false);
	doc_fact(d, "PIE", fact_true(facts, "pie") ? "yes" : "no", false);
	doc_fact(d, "W^X", fact_true(facts, "writable_code") ? "no: writable code" : "yes", false);
	doc_fact(d, "CET",
		 fact_true(facts, "ibt") && fact_true(facts, "shstk") ? "IBT and shadow stack" :
		 fact_true(facts, "ibt")			      ? "IBT" :
		 fact_true(facts, "shstk")			      ? "shadow stack" :
									"not marked",
		 false);
	if (fact_get(facts, "imports") == NULL)
		return;
	doc_fact(d, "Stack protector", fact_true(facts, "canary") ? "yes" : "not seen", false);
	doc_fact(d, "Fortified calls", fact_true(facts, "fortify") ? "yes" : "not seen", false);
}

static void segment_register(struct doc *d, const char *key, const json_t *use)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f;
	const char *offset;
	json_t *count, *offsets = fact_get(use, "offsets");

	if (fact_number(use, "accesses") == 0 || (f = open_memstream(&text, &size)) == NULL)
		return;
	fprintf(f, "%llu", (unsigned long long)fact_number(use, "accesses"));
	if (json_object_size(offsets) != 0)
		fprintf(f, " (at ");
	json_object_foreach(offsets, offset, count)
		fprintf(f, "%s: %lld%s", offset, (long long)json_integer_value(count),
			json_object_iter_next(offsets, json_object_iter_at(offsets, offset)) ?
				", " :
				")");
	fclose(f);
	doc_fact(d, key, text, false);
	free(text);
}

const char *tls_mechanism(const json_t *facts)
{
	const char *mechanism = fact_string(facts, "tls.mechanism");

	if (strstr(mechanism, "ARCH_SET") == NULL && fact_string(facts, "interpreter")[0] != 0)
		return "ARCH_SET_FS, by the interpreter";
	return mechanism;
}

void section_tls(struct doc *d, const json_t *facts)
{
	const json_t *tls = fact_get(facts, "tls"), *segment = fact_get(facts, "tls_segment");
	const char *mechanism = tls_mechanism(facts);
	const json_t *places = fact_get(tls, "set_places");

	if (tls == NULL)
		return;
	doc_heading(d, 2, "Thread-local storage");
	doc_fact(d, "Mechanism", mechanism, false);
	fact_list_shown(d, "Set at", places, 8);
	if (segment != NULL) {
		json_t *text = fact_format("%s: %llu bytes, %llu of them with a value, aligned to "
					   "%llu",
					   fact_string(segment, "vaddr"),
					   (unsigned long long)fact_number(segment, "memsz"),
					   (unsigned long long)fact_number(segment, "filesz"),
					   (unsigned long long)fact_number(segment, "align"));

		doc_fact(d, "TLS segment", json_string_value(text), false);
		json_decref(text);
	}
	segment_register(d, "Accesses by FS", fact_get(tls, "fs"));
	segment_register(d, "Accesses by GS", fact_get(tls, "gs"));
	if (fact_number(tls, "wrfsbase") + fact_number(tls, "wrgsbase") != 0)
		doc_text(d, "Writes the bases itself: wrfsbase %llu times, wrgsbase %llu times.",
			 (unsigned long long)fact_number(tls, "wrfsbase"),
			 (unsigned long long)fact_number(tls, "wrgsbase"));
}

void section_calls(struct doc *d, const json_t *facts)
{
	const json_t *calls = fact_get(facts, "syscalls");
	const char *profile;
	json_t *refused;
	char *names;

	if (calls == NULL)
		return;
	doc_heading(d, 2, "System calls");
	doc_text(d,
		 "Sites in the code: %llu `syscall`, %llu `int $0x80`, %llu `sysenter`. The number "
		 "is a constant at %llu of them and computed at %llu.",
		 (unsigned long long)fact_number(calls, "sites.syscall"),
		 (unsigned long long)fact_number(calls, "sites.int80"),
		 (unsigned long long)fact_number(calls, "sites.sysenter"),
		 (unsigned long long)fact_number(calls, "constant"),
		 (unsigned long long)fact_number(calls, "computed"));
	fact_list_shown(d, "Can make (found in the code)", fact_get(calls, "calls"), 400);
	names = list_text(fact_get(facts, "imported_calls"), 400);
	doc_fact(d, "Can make (through libraries)", names, false);
	free(names);
	json_object_foreach(fact_get(facts, "refused_by"), profile, refused) {
		names = list_text(refused, 400);
		doc_text(d, "Under profile `%s` %zu of these are refused: %s", profile,
			 json_array_size(refused), names[0] != 0 ? names : "none");
		free(names);
	}
}

void section_build(struct doc *d, const json_t *facts)
{
	const json_t *common = fact_get(facts, "flags_common");
	const json_t *some = fact_get(facts, "flags_some");
	size_t i;
	json_t *flag;

	doc_heading(d, 2, "Build configuration");
	if (json_array_size(common) != 0) {
		doc_text(d, "All code compiled with these flags (%llu command lines):",
			 (unsigned long long)fact_number(facts, "command_lines"));
		json_array_foreach(common, i, flag)
			doc_bullet(d, "`%s`", json_string_value(flag));
	}
	fact_list_shown(d, "On some of them", some, 40);
}

#define ZIP_SHOWN 60

void section_resources(struct doc *d, const json_t *facts)
{
	const json_t *zip = fact_get(facts, "zip"), *list = fact_get(zip, "list");
	size_t i;
	json_t *row;

	doc_heading(d, 2, "Embedded resources");
	if (fact_number(facts, "zip_section") != 0)
		fact_size_shown(d, "Section .zip", fact_number(facts, "zip_section"));
	if (zip != NULL) {
		json_t *size = fact_size(fact_number(zip, "size"));

		doc_text(d, "A zip archive of %llu members, %s when unpacked:",
			 (unsigned long long)fact_number(zip, "members"), json_string_value(size));
		json_decref(size);
		doc_table(d, "Name|Size|Packed|Method");
		json_array_foreach(list, i, row) {
			json_t *plain = fact_format(
				       "%llu", (unsigned long long)fact_number(row, "size")),
			       *packed = fact_format("%llu", (unsigned long long)fact_number(
								     row, "compressed"));
			const char *const cells[] = { fact_string(row, "name"),
						      json_string_value(plain),
						      json_string_value(packed),
						      fact_string(row, "method") };

			if (i < ZIP_SHOWN)
				doc_row(d, cells);
			json_decref(plain);
			json_decref(packed);
		}
		if (json_array_size(list) > ZIP_SHOWN)
			doc_text(d, "and %zu more.", json_array_size(list) - ZIP_SHOWN);
	}
	if (json_array_size(fact_get(facts, "zip_paths")) != 0)
		fact_list_shown(d, "Paths in its text (not members)", fact_get(facts, "zip_paths"),
				12);
}

static char *segments_text(const json_t *segments)
{
	char *text = NULL;
	size_t size = 0, i, j;
	FILE *f = open_memstream(&text, &size);
	json_t *row, *name;

	if (f == NULL)
		return strdup("");
	fprintf(f, "Type           Offset     VirtAddr   PhysAddr   FileSiz    MemSiz     Flags  "
		   "Align\n");
	json_array_foreach(segments, i, row) {
		static const char *const columns[] = { "offset", "vaddr", "paddr", "filesz",
						       "memsz" };
		const char *type = fact_string(row, "type");
		const json_t *names = fact_get(row, "sections");

		fprintf(f, "%-14s", strcmp(type, "OTHER") == 0 ? fact_string(row, "type_number") :
								 type);
		for (size_t c = 0; c < ARRAY_SIZE(columns); c++)
			fprintf(f, " 0x%08llx",
				(unsigned long long)fact_number(row, columns[c]));
		fprintf(f, " %-6s 0x%llx", fact_string(row, "flags"),
			(unsigned long long)fact_number(row, "align"));
		json_array_foreach(names, j, name)
			fprintf(f, "%s%s", j == 0 ? "  (" : "/", json_string_value(name));
		fprintf(f, "%s\n", json_array_size(names) != 0 ? ")" : "");
	}
	fclose(f);
	return text;
}

static const char *section_use(const char *name)
{
	static const char *const uses[][2] = {
		{ ".head", "APE bootstrap code" },
		{ ".text", "Executable code" },
		{ ".rodata", "Read-only data" },
		{ ".data", "Initialized data" },
		{ ".bss", "Uninitialized data" },
		{ ".tdata", "Thread-local storage with values" },
		{ ".tbss", "Thread-local storage" },
		{ ".zip", "Embedded ZIP archive" },
		{ ".GCC.command.line", "Build metadata" },
		{ ".comment", "Compilers" },
		{ ".symtab", "Symbols" },
		{ ".dynsym", "Symbols for dynamic linking" },
		{ ".dynamic", "Dynamic linking" },
		{ ".interp", "Interpreter" },
		{ ".plt", "Calls into libraries" },
		{ ".got", "Global offset table" },
		{ ".eh_frame", "Unwinding" },
		{ ".debug_info", "Debug information" },
		{ ".gopclntab", "Go's functions and lines" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(uses); i++)
		if (strcmp(name, uses[i][0]) == 0)
			return uses[i][1];
	return "";
}

void section_elf(struct doc *d, const json_t *facts)
{
	const json_t *segments = fact_get(facts, "segments"), *sections;
	char *text;
	size_t i;
	json_t *row;

	if (fact_get(facts, "elf") == NULL)
		return;
	doc_heading(d, 2, "ELF structure");
	doc_heading(d, 3, "Program headers");
	text = segments_text(segments);
	doc_code(d, "", text);
	free(text);
	doc_heading(d, 3, "Sections");
	sections = fact_get(facts, "sections");
	if (json_array_size(sections) < 2) {
		doc_text(d, "The file has no section headers.");
	} else {
		doc_table(d, "Section|Address|Size|Flags|Use");
		json_array_foreach(sections, i, row) {
			const char *name = fact_string(row, "name");
			json_t *size = fact_format("%llu",
						   (unsigned long long)fact_number(row, "size"));
			const char *const cells[] = { name, fact_string(row, "addr"),
						      json_string_value(size),
						      fact_string(row, "flags"),
						      section_use(name) };

			if (name[0] != 0)
				doc_row(d, cells);
			json_decref(size);
		}
	}
	doc_heading(d, 3, "Entry point");
	doc_fact(d, "Address", fact_string(facts, "elf.entry"), true);
	if (fact_get(facts, "entry_code") != NULL) {
		text = code_text(fact_get(facts, "entry_code"), 0);
		doc_code(d, "asm", text);
		free(text);
	}
}

#define PROLOGUE_SHOWN 1500

void section_ape(struct doc *d, const json_t *facts)
{
	const json_t *ape = fact_get(facts, "ape"), *headers = fact_get(ape, "headers");
	const char *prologue = fact_string(ape, "prologue");
	json_t *shown;
	size_t i;
	json_t *row;

	if (ape == NULL)
		return;
	doc_heading(d, 2, "APE (Actually Portable Executable) features");
	if (fact_true(ape, "unwrapped")) {
		doc_text(d,
			 "An ELF file that carries its APE prologue in the bytes at `%s` of the "
			 "file: it was unwrapped, and runs as ELF only.",
			 fact_string(ape, "offset"));
		return;
	}
	doc_fact(d, "Begins with", fact_string(ape, "magic"), true);
	json_array_foreach(headers, i, row)
		doc_bullet(d, "ELF header for %s, written with printf at `%s`",
			   fact_string(row, "machine"), fact_string(row, "offset"));
	doc_fact(d, "Changes itself",
		 fact_true(ape, "self_modifying") ? "yes, when run by a shell" : "no", false);
	shown = fact_bytes(prologue, MIN(strlen(prologue), (size_t)PROLOGUE_SHOWN));
	if (prologue[0] != 0) {
		doc_text(d, "The shell script at its start:");
		doc_code(d, "bash", json_string_value(shown));
	}
	json_decref(shown);
	doc_text(d, "By its headers this file can run on:");
	json_array_foreach(fact_get(ape, "systems"), i, row)
		doc_bullet(d, "%s", json_string_value(row));
}

void section_licences(struct doc *d, const json_t *facts)
{
	size_t i;
	json_t *text;

	doc_heading(d, 2, "Copyright and licenses");
	json_array_foreach(fact_get(facts, "copyrights"), i, text)
		doc_bullet(d, "%s", json_string_value(text));
	json_array_foreach(fact_get(facts, "licences"), i, text)
		doc_bullet(d, "%s", json_string_value(text));
}

void section_hazards(struct doc *d, const json_t *facts)
{
	size_t i;
	json_t *row;

	doc_heading(d, 2, "Hazards");
	json_array_foreach(fact_get(facts, "hazards"), i, row)
		doc_bullet(d, "**%s**: %s", fact_string(row, "level"), fact_string(row, "text"));
}

void inspect_document(struct doc *d, const json_t *facts)
{
	doc_heading(d, 1, "%s", fact_string(facts, "file"));
	section_binary(d, facts);
	section_hazards(d, facts);
	section_versions(d, facts);
	section_linking(d, facts);
	section_properties(d, facts);
	section_tls(d, facts);
	section_calls(d, facts);
	section_build(d, facts);
	section_resources(d, facts);
	section_elf(d, facts);
	section_ape(d, facts);
	section_licences(d, facts);
}
