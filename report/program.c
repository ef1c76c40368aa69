/* Looking at a program: what kind of file it is, then every part in its turn. */
#include "report/program.h"

#include <openssl/sha.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hazard_add(struct program *p, const char *level, const char *fmt, ...)
{
	json_t *row = fact_object();
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) >= 0) {
		fact_put_text(row, "level", level);
		fact_put_text(row, "text", text);
		free(text);
	}
	va_end(ap);
	if (!fact_add_unique(p->hazards, row, 100))
		return;
}

void damage_add(struct program *p, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) >= 0) {
		if (!p->damaged)
			fact_put_text(p->facts, "damage", text);
		p->damaged = true;
		hazard_add(p, "danger", "%s", text);
		free(text);
	}
	va_end(ap);
}

static void identity_facts(struct program *p)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char hex[2 * SHA256_DIGEST_LENGTH + 1];

	SHA256(p->in.data, p->in.size, digest);
	hex_format(digest, sizeof(digest), hex);
	fact_put_text(p->facts, "file", p->in.path);
	fact_put_number(p->facts, "size", p->in.size);
	fact_put_text(p->facts, "sha256", hex);
}

/* "#!": the interpreter and its argument, as execve(2) takes them. */
static void script_facts(struct program *p)
{
	const char *line = (const char *)p->in.data + 2;
	size_t len = MIN(p->in.size - 2, (size_t)254), n;
	const char *end = memchr(line, '\n', len);
	json_t *script = fact_object();

	if (end != NULL)
		len = (size_t)(end - line);
	for (n = 0; n < len && (line[n] == ' ' || line[n] == '\t'); n++)
		;
	line += n;
	len -= n;
	for (n = 0; n < len && line[n] != ' ' && line[n] != '\t' && line[n] != 0; n++)
		;
	fact_put(script, "interpreter", fact_bytes(line, n));
	line += n;
	len -= n;
	for (n = 0; n < len && (line[n] == ' ' || line[n] == '\t'); n++)
		;
	if (n < len)
		fact_put(script, "argument", fact_bytes(line + n, len - n));
	fact_put(p->facts, "script", script);
	if (fact_string(p->facts, "script.interpreter")[0] == 0)
		damage_add(p, "the first line names no interpreter");
}

static enum program_kind kind_of(struct program *p)
{
	static const u8 macho[][4] = { { 0xcf, 0xfa, 0xed, 0xfe },
				       { 0xce, 0xfa, 0xed, 0xfe },
				       { 0xca, 0xfe, 0xba, 0xbe } };
	const u8 *data = p->in.data;

	if (ape_decode(p))
		return PROGRAM_APE;
	if (p->in.size >= 4 && memcmp(data, ELFMAG, SELFMAG) == 0)
		return PROGRAM_ELF;
	if (p->in.size >= 3 && data[0] == '#' && data[1] == '!')
		return PROGRAM_SCRIPT;
	if (p->in.size >= 64 && data[0] == 'M' && data[1] == 'Z')
		return PROGRAM_PE;
	for (size_t i = 0; i < ARRAY_SIZE(macho); i++)
		if (p->in.size >= 4 && memcmp(data, macho[i], 4) == 0)
			return PROGRAM_MACHO;
	return PROGRAM_UNKNOWN;
}

/* NULL, or why there is no ELF header to go by. */
static const char *elf_open(struct program *p)
{
	elf_version(EV_CURRENT);
	if (p->in.size < EI_NIDENT)
		return "truncated: the file ends within the ELF header";
	if (p->in.data[EI_CLASS] != ELFCLASS64 && p->in.data[EI_CLASS] != ELFCLASS32)
		return "damaged: the ELF header has no valid class";
	if (p->in.data[EI_DATA] != ELFDATA2LSB && p->in.data[EI_DATA] != ELFDATA2MSB)
		return "damaged: the ELF header has no valid byte order";
	if (p->in.size < (p->in.data[EI_CLASS] == ELFCLASS64 ? 64 : 52))
		return "truncated: the file ends within the ELF header";
	p->elf = elf_memory((char *)p->in.data, p->in.size);
	if (p->elf == NULL || elf_kind(p->elf) != ELF_K_ELF ||
	    gelf_getehdr(p->elf, &p->ehdr) == NULL)
		return "damaged: the ELF header cannot be read";
	p->native = p->ehdr.e_machine == EM_X86_64 && p->ehdr.e_ident[EI_CLASS] == ELFCLASS64 &&
		    p->ehdr.e_ident[EI_DATA] == ELFDATA2LSB;
	return NULL;
}

static const char *elf_look(struct program *p)
{
	const char *wrong = elf_open(p);

	if (wrong != NULL)
		return wrong;
	elf_facts(p);
	elf_dynamic_facts(p);
	if (p->native)
		code_facts(p);
	ape_facts(p);
	text_facts(p);
	dwarf_facts(p);
	toolchain_facts(p);
	return NULL;
}

static void kind_facts(struct program *p)
{
	static const char *const names[] = {
		[PROGRAM_UNKNOWN] = "unknown", [PROGRAM_ELF] = "ELF",
		[PROGRAM_APE] = "APE",	       [PROGRAM_SCRIPT] = "script",
		[PROGRAM_PE] = "PE",	       [PROGRAM_MACHO] = "Mach-O",
	};
	bool unwrapped = fact_true(p->facts, "ape.unwrapped");

	fact_put_text(p->facts, "kind", names[p->kind]);
	fact_put_text(p->facts, "format",
		      unwrapped		     ? "APE (Actually Portable Executable), unwrapped" :
		      p->kind == PROGRAM_APE ? "APE (Actually Portable Executable)" :
					       names[p->kind]);
}

static const char *look(struct program *p)
{
	const char *wrong = NULL;

	identity_facts(p);
	p->kind = kind_of(p);
	switch (p->kind) {
	case PROGRAM_UNKNOWN:
		wrong = "not a program: no ELF, APE or script header";
		break;
	case PROGRAM_SCRIPT:
		script_facts(p);
		break;
	case PROGRAM_APE:
		if (!p->damaged)
			wrong = elf_look(p);
		zip_facts(p);
		break;
	case PROGRAM_ELF:
		wrong = elf_look(p);
		if (wrong == NULL)
			zip_facts(p);
		break;
	case PROGRAM_PE:
	case PROGRAM_MACHO:
		hazard_add(p, "danger", "made for another system: does not run on Linux");
		break;
	}
	kind_facts(p);
	return wrong;
}

const char *program_open(const char *path, struct program *ret)
{
	const char *wrong;

	memset(ret, 0, sizeof(*ret));
	wrong = input_open(path, &ret->in);
	if (wrong != NULL)
		return wrong;
	ret->facts = fact_object();
	ret->hazards = fact_list();
	fact_put(ret->facts, "hazards", ret->hazards);
	return look(ret);
}

void program_close(struct program *p)
{
	if (p->facts == NULL)
		return;
	elf_end(p->elf);
	json_decref(p->facts);
	input_close(&p->in);
	p->facts = NULL;
}
