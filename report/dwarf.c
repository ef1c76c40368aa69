/* DWARF: producers, languages and folders of the compilation units; lines of addresses. */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <string.h>

#include "report/program.h"

#define UNITS_MAX 20000
#define LISTED_MAX 256
#define DEBUG_MAX (1u << 30)

static const char *language_name(Dwarf_Word language)
{
	switch (language) {
	case DW_LANG_C89:
	case DW_LANG_C:
	case DW_LANG_C99:
	case DW_LANG_C11:
	case 0x2c: /* C17 */
		return "C";
	case DW_LANG_C_plus_plus:
	case DW_LANG_C_plus_plus_03:
	case DW_LANG_C_plus_plus_11:
	case DW_LANG_C_plus_plus_14:
	case 0x2b: /* C++20 */
		return "C++";
	case DW_LANG_Rust:
		return "Rust";
	case DW_LANG_Go:
		return "Go";
	case DW_LANG_D:
		return "D";
	case DW_LANG_Fortran90:
	case DW_LANG_Fortran03:
	case DW_LANG_Fortran08:
		return "Fortran";
	case DW_LANG_Mips_Assembler:
		return "assembly";
	default:
		return "other";
	}
}

static void unit_facts(Dwarf_Die *die, json_t *producers, json_t *languages, json_t *folders)
{
	Dwarf_Attribute attr;
	Dwarf_Word language;
	const char *text;

	text = dwarf_formstring(dwarf_attr(die, DW_AT_producer, &attr));
	if (text != NULL)
		fact_add_unique(producers, fact_bytes(text, strnlen(text, 4096)), LISTED_MAX);
	text = dwarf_formstring(dwarf_attr(die, DW_AT_comp_dir, &attr));
	if (text != NULL)
		fact_add_unique(folders, fact_bytes(text, strnlen(text, 1024)), 32);
	if (dwarf_formudata(dwarf_attr(die, DW_AT_language, &attr), &language) == 0)
		fact_add_unique(languages, fact_text(language_name(language)), 16);
}

void dwarf_facts(struct program *p)
{
	json_t *producers = fact_list(), *languages = fact_list(), *folders = fact_list();
	Dwarf *dwarf = NULL;
	Dwarf_Off at = 0, next;
	size_t header;
	int n = 0;

	if (fact_true(p->facts, "debug_info") && p->in.size < DEBUG_MAX)
		dwarf = dwarf_begin_elf(p->elf, DWARF_C_READ, NULL);
	while (dwarf != NULL && n++ < UNITS_MAX &&
	       dwarf_nextcu(dwarf, at, &next, &header, NULL, NULL, NULL) == 0) {
		Dwarf_Die die;

		if (dwarf_offdie(dwarf, at + header, &die) != NULL)
			unit_facts(&die, producers, languages, folders);
		at = next;
	}
	if (dwarf != NULL) {
		fact_put_number(p->facts, "dwarf_units", (u64)n - 1);
		dwarf_end(dwarf);
	}
	fact_put(p->facts, "producers", producers);
	fact_put(p->facts, "dwarf_languages", languages);
	fact_put(p->facts, "comp_dirs", folders);
}

json_t *dwarf_place(const struct program *p, u64 addr)
{
	Dwarf *dwarf = p->elf == NULL || p->in.size >= DEBUG_MAX ?
			       NULL :
			       dwarf_begin_elf(p->elf, DWARF_C_READ, NULL);
	Dwarf_Off at = 0, next;
	json_t *place = NULL;
	size_t header;
	int n = 0;

	/* Not dwarf_addrdie(): hand-made and trimmed files often have no .debug_aranges. */
	while (dwarf != NULL && place == NULL && n++ < UNITS_MAX &&
	       dwarf_nextcu(dwarf, at, &next, &header, NULL, NULL, NULL) == 0) {
		Dwarf_Die die;
		Dwarf_Line *line;
		const char *file;
		int number = 0;

		if (dwarf_offdie(dwarf, at + header, &die) != NULL &&
		    dwarf_haspc(&die, addr) == 1 && (line = dwarf_getsrc_die(&die, addr)) != NULL &&
		    (file = dwarf_linesrc(line, NULL, NULL)) != NULL) {
			dwarf_lineno(line, &number);
			place = fact_format("%s:%d", file, number);
		}
		at = next;
	}
	if (dwarf != NULL)
		dwarf_end(dwarf);
	return place;
}
