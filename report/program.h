/*
 * A program being looked at: its bytes, and what the parts of inspect share about them.
 *
 * Every parser takes bytes of any kind: it checks offsets and counts against the file's size,
 * and limits how much it lists. Facts go to program.facts; `nacre inspect --format=json` prints
 * them.
 */
#ifndef NACRE_REPORT_PROGRAM_H
#define NACRE_REPORT_PROGRAM_H

#include <gelf.h>

#include "report/facts.h"

struct input;

enum program_kind {
	PROGRAM_UNKNOWN,
	PROGRAM_ELF,
	PROGRAM_APE,
	PROGRAM_SCRIPT,
	PROGRAM_PE,
	PROGRAM_MACHO,
};

#define REGIONS_MAX 64

/* Bytes of the file that are code when the program runs. */
struct region {
	u64 addr, offset, size;
	char name[32];
};

struct program {
	struct input in;
	enum program_kind kind;
	json_t *facts;
	json_t *hazards; /* in facts: objects with "level" and "text" */
	Elf *elf;	 /* NULL: no ELF header in it, or none that can be read */
	GElf_Ehdr ehdr;
	bool native;  /* x86-64, little-endian, 64 bits: what follows can be decoded */
	bool damaged; /* something promised by a header is not there */
	u8 head[64];  /* the file's first bytes, which an APE's ELF header replaces in in.data */
	struct region regions[REGIONS_MAX];
	u32 region_count;
};

/*
 * Look at everything. NULL, or what is wrong with the file; program_close() in both cases
 * but after an error of input_open().
 */
MUST_USE const char *program_open(const char *path, struct program *ret);
void program_close(struct program *p);

/* level: "note", "warning" or "danger". */
void hazard_add(struct program *p, const char *level, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* A header promises what the file does not have. */
void damage_add(struct program *p, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Bytes at a guest address as loaded from the file; NULL: none. *ret_len is what is left. */
const u8 *program_bytes(const struct program *p, u64 addr, size_t *ret_len);
/* ".bss+0x1e00", "beyond the end of ...": where an address lies. Owned by the caller. */
json_t *program_place(const struct program *p, u64 addr);
/* The name of the section that addr lies in, or "". Valid while p is open. */
const char *program_section(const struct program *p, u64 addr);

/* The parts; each adds its facts. */
bool ape_decode(struct program *p); /* sets the ELF header in in.data; false: not an APE */
void ape_facts(struct program *p);
void elf_facts(struct program *p);
void elf_dynamic_facts(struct program *p);
void elf_note_facts(struct program *p);
void toolchain_facts(struct program *p);
void dwarf_facts(struct program *p);
void text_facts(struct program *p);
void zip_facts(struct program *p);
void code_facts(struct program *p);

/* A section by name: its bytes, or NULL; *ret_size as far as the file has it. */
const u8 *elf_section_bytes(const struct program *p, const char *name, size_t *ret_size);

/* Disassemble up to max instructions at addr, as objects addr, bytes, text. mark: ">" at it. */
json_t *code_disassemble(const u8 *bytes, size_t len, u64 addr, u32 max);

/* "file:line" of an address by the program's DWARF; NULL: not known. */
json_t *dwarf_place(const struct program *p, u64 addr);
/* The symbol an address lies in, "name+0x12"; NULL: none. */
json_t *elf_symbol(const struct program *p, u64 addr);

#endif
