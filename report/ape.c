/*
 * Actually Portable Executables: the prologue, the headers in it, the systems it names.
 *
 * An APE begins with 8 bytes that are at once the start of a DOS program and of a shell
 * script. The script holds ELF headers as arguments of printf, with octal escapes; the first
 * usable one for x86-64 is put over the file's first bytes (of the private mapping), after
 * which the file is an ordinary ELF.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/program.h"

#define PROLOGUE_MAX 8192u
#define HEADER_SIZE 64u
#define MACHINE_X86_64 62
#define MACHINE_AARCH64 183

static u16 get16(const u8 *p)
{
	return (u16)(p[0] | p[1] << 8);
}

static u32 get32(const u8 *p)
{
	return get16(p) | (u32)get16(p + 2) << 16;
}

static const char *magic_of(const struct program *p)
{
	static const char *const magics[] = { "MZqFpD='", "jartsr='", "APEDBG='" };

	if (p->in.size < HEADER_SIZE)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
		if (memcmp(p->in.data, magics[i], 8) == 0)
			return magics[i];
	return NULL;
}

/* One argument of printf up to its closing quote: the bytes it stands for, at most max. */
static size_t octal_decode(const u8 *from, size_t len, u8 *to, size_t max)
{
	size_t n = 0, i = 0;

	while (i < len && from[i] != '\'' && n < max) {
		u32 value = from[i++];

		if (value == '\\' && i < len && from[i] >= '0' && from[i] <= '7') {
			value = 0;
			for (int d = 0; d < 3 && i < len && from[i] >= '0' && from[i] <= '7'; d++)
				value = value * 8 + (from[i++] - '0');
		}
		to[n++] = (u8)value;
	}
	return n;
}

static bool is_elf64(const u8 *h)
{
	return memcmp(h, "\177ELF", 4) == 0 && h[4] == 2 && h[5] == 1 &&
	       (get16(h + 16) == 2 || get16(h + 16) == 3);
}

/* Every ELF header in the prologue is listed; the first for this machine is used. */
static bool headers_decode(struct program *p, json_t *list)
{
	size_t len = MIN(p->in.size, PROLOGUE_MAX);
	const u8 *text = p->in.data;
	u8 chosen[HEADER_SIZE];
	bool found = false;

	for (size_t at = 0; at + 8 < len && json_array_size(list) < 16; at++) {
		u8 header[HEADER_SIZE];
		json_t *row;
		u32 machine;

		if (memcmp(text + at, "printf '", 8) != 0 ||
		    octal_decode(text + at + 8, len - at - 8, header, HEADER_SIZE) < HEADER_SIZE ||
		    !is_elf64(header))
			continue;
		machine = get16(header + 18);
		row = fact_object();
		fact_put_text(row, "machine", machine == MACHINE_X86_64	 ? "x86-64" :
					      machine == MACHINE_AARCH64 ? "aarch64" :
									   "unknown");
		fact_put_hex(row, "offset", at);
		fact_add(list, row);
		if (machine == MACHINE_X86_64 && !found) {
			memcpy(chosen, header, HEADER_SIZE);
			found = true;
		}
	}
	if (found)
		memcpy(p->in.data, chosen, HEADER_SIZE);
	return found;
}

/* The numbers after "word=" in text, or "word = " as old headers have it. */
static bool number_after(const char *text, const char *word, u64 *ret)
{
	const char *at = strstr(text, word);

	if (at == NULL)
		return false;
	at += strlen(word);
	at += strspn(at, "=\"' ");
	if (*at < '0' || *at > '9')
		return false;
	*ret = strtoull(at, NULL, 10);
	return true;
}

/* The script copies the Mach-O header over the file's start with dd bs= skip= count=. */
static bool has_macho(const struct program *p, const char *prologue)
{
	for (const char *at = prologue; (at = strstr(at, "dd if=")) != NULL; at += 6) {
		u64 skip, bs = 8, where;

		if (!number_after(at, "skip", &skip))
			continue;
		number_after(at, "bs", &bs);
		if (__builtin_mul_overflow(skip, bs, &where) || !input_has(&p->in, where, 4))
			continue;
		if (get32(p->in.data + where) == 0xfeedfacf)
			return true;
	}
	return false;
}

static bool has_pe(const struct program *p)
{
	u32 at = get32(p->head + 0x3c);

	return p->head[0] == 'M' && p->head[1] == 'Z' && input_has(&p->in, at, 24) &&
	       memcmp(p->in.data + at, "PE\0\0", 4) == 0;
}

static json_t *systems_of(const struct program *p, const char *prologue, const json_t *headers)
{
	json_t *systems = fact_list();
	bool x86 = false, arm = false;
	size_t i;
	json_t *h;

	json_array_foreach(headers, i, h) {
		x86 |= strcmp(fact_string(h, "machine"), "x86-64") == 0;
		arm |= strcmp(fact_string(h, "machine"), "aarch64") == 0;
	}
	if (x86) {
		fact_add(systems, fact_text("Linux x86-64"));
		fact_add(systems, fact_text("FreeBSD x86-64"));
		fact_add(systems, fact_text("OpenBSD x86-64"));
		fact_add(systems, fact_text("NetBSD x86-64"));
	}
	if (arm)
		fact_add(systems, fact_text("Linux aarch64"));
	if (has_macho(p, prologue))
		fact_add(systems, fact_text("macOS x86-64"));
	else if (x86 && (strstr(prologue, "Darwin") != NULL || strstr(prologue, "ape-1.") != NULL))
		fact_add(systems, fact_text("macOS (by its ape loader)"));
	if (has_pe(p))
		fact_add(systems, fact_text("Windows x86-64"));
	if (p->in.size >= 512 && p->in.data[510] == 0x55 && p->in.data[511] == 0xaa)
		fact_add(systems, fact_text("bare metal (BIOS)"));
	return systems;
}

/* The script's text: printable from the first line break on, without the headers' bytes. */
static char *prologue_text(const struct program *p)
{
	size_t len = MIN(p->in.size, PROLOGUE_MAX);
	const u8 *line = memchr(p->in.data + 8, '\n', len - 8), *end;

	if (line == NULL)
		return strdup("");
	/* The quoted first line closes with "'"; after it the script runs to the first NUL. */
	end = memmem(line, len - (size_t)(line - p->in.data), "\n'", 2);
	if (end != NULL)
		line = end + 2;
	while ((size_t)(line - p->in.data) < len && (*line == '\n' || *line == ' '))
		line++;
	len = strnlen((const char *)line, len - (size_t)(line - p->in.data));
	/* Headers are filled up with comment signs. */
	while (len != 0 && (line[len - 1] == '#' || line[len - 1] == '\n'))
		len--;
	return strndup((const char *)line, len);
}

bool ape_decode(struct program *p)
{
	const char *magic = magic_of(p);
	json_t *facts, *headers;
	char *prologue;
	bool found;

	memcpy(p->head, p->in.data, MIN(p->in.size, sizeof(p->head)));
	if (magic == NULL)
		return false;
	facts = fact_object();
	headers = fact_list();
	prologue = prologue_text(p);
	fact_put_text(facts, "magic", magic);
	fact_put_text(facts, "prologue", prologue);
	fact_put_bool(facts, "self_modifying",
		      prologue != NULL && strstr(prologue, "exec 7<>") != NULL);
	found = headers_decode(p, headers);
	fact_put(facts, "systems", systems_of(p, prologue == NULL ? "" : prologue, headers));
	fact_put(facts, "headers", headers);
	fact_put_bool(facts, "macho", prologue != NULL && has_macho(p, prologue));
	fact_put_bool(facts, "pe", has_pe(p));
	fact_put(p->facts, "ape", facts);
	free(prologue);
	if (!found)
		damage_add(p, "the APE prologue has no ELF header for x86-64");
	else if (magic[0] == 'A')
		hazard_add(p, "note", "APEDBG files are run by a shell, not loaded directly");
	return true;
}

/* An ELF that carries an APE prologue in its first segment: unwrapped, or a .dbg file. */
void ape_facts(struct program *p)
{
	for (size_t i = 0; p->kind == PROGRAM_ELF && i < p->ehdr.e_phnum && i < 64; i++) {
		GElf_Phdr ph;
		json_t *facts;

		if (gelf_getphdr(p->elf, (int)i, &ph) == NULL || ph.p_type != PT_LOAD ||
		    !input_has(&p->in, ph.p_offset, 512) ||
		    (memcmp(p->in.data + ph.p_offset, "MZqFpD='", 8) != 0 &&
		     memcmp(p->in.data + ph.p_offset, "jartsr='", 8) != 0))
			continue;
		facts = fact_object();
		fact_put(facts, "magic", fact_bytes(p->in.data + ph.p_offset, 8));
		fact_put_bool(facts, "unwrapped", true);
		fact_put_hex(facts, "offset", ph.p_offset);
		fact_put(p->facts, "ape", facts);
		return;
	}
}
