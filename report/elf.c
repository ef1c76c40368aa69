/* ELF: header, segments, sections, notes, symbols and the properties that follow from them. */
#include <stdio.h>
#include <string.h>

#include "report/program.h"

#define SECTIONS_MAX 4096u
#define SYMBOLS_MAX 2000000u

static const char *type_name(u32 type)
{
	static const char *const names[] = { "NULL", "LOAD", "DYNAMIC", "INTERP",
					     "NOTE", "SHLIB", "PHDR",	"TLS" };

	switch (type) {
	case PT_GNU_EH_FRAME:
		return "GNU_EH_FRAME";
	case PT_GNU_STACK:
		return "GNU_STACK";
	case PT_GNU_RELRO:
		return "GNU_RELRO";
	case PT_GNU_PROPERTY:
		return "GNU_PROPERTY";
	default:
		return type < ARRAY_SIZE(names) ? names[type] : "OTHER";
	}
}

static const char *machine_name(u32 machine)
{
	static const struct {
		u32 machine;
		const char *name;
	} names[] = {
		{ EM_X86_64, "x86-64" }, { EM_386, "i386" },	 { EM_AARCH64, "aarch64" },
		{ EM_ARM, "arm" },	 { EM_RISCV, "riscv" },	 { EM_PPC64, "ppc64" },
		{ EM_S390, "s390" },	 { EM_MIPS, "mips" },	 { EM_SPARCV9, "sparc64" },
		{ EM_BPF, "bpf" },	 { EM_PPC, "ppc" },	 { EM_LOONGARCH, "loongarch" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].machine == machine)
			return names[i].name;
	return "unknown machine";
}

/* --- sections --- */

const u8 *elf_section_bytes(const struct program *p, const char *name, size_t *ret_size)
{
	Elf_Scn *scn = NULL;
	size_t strings, n = 0;

	if (p->elf == NULL || elf_getshdrstrndx(p->elf, &strings) < 0)
		return NULL;
	while ((scn = elf_nextscn(p->elf, scn)) != NULL && n++ < SECTIONS_MAX) {
		GElf_Shdr sh;
		const char *have;

		if (gelf_getshdr(scn, &sh) == NULL || sh.sh_type == SHT_NOBITS ||
		    (sh.sh_flags & SHF_COMPRESSED))
			continue;
		have = elf_strptr(p->elf, strings, sh.sh_name);
		if (have == NULL || strcmp(have, name) != 0 || sh.sh_offset >= p->in.size)
			continue;
		*ret_size = MIN(sh.sh_size, p->in.size - sh.sh_offset);
		return p->in.data + sh.sh_offset;
	}
	return NULL;
}

const char *program_section(const struct program *p, u64 addr)
{
	Elf_Scn *scn = NULL;
	size_t strings, n = 0;

	if (p->elf == NULL || elf_getshdrstrndx(p->elf, &strings) < 0)
		return "";
	while ((scn = elf_nextscn(p->elf, scn)) != NULL && n++ < SECTIONS_MAX) {
		GElf_Shdr sh;
		const char *name;

		/* .tbss takes no room: its addresses are those of what follows. */
		if (gelf_getshdr(scn, &sh) == NULL || !(sh.sh_flags & SHF_ALLOC) ||
		    (sh.sh_type == SHT_NOBITS && (sh.sh_flags & SHF_TLS)) ||
		    addr < sh.sh_addr || addr - sh.sh_addr >= sh.sh_size)
			continue;
		name = elf_strptr(p->elf, strings, sh.sh_name);
		return name == NULL ? "" : name;
	}
	return "";
}

static void section_add(struct program *p, json_t *list, const GElf_Shdr *sh, const char *name)
{
	json_t *row = fact_object();
	char flags[8];
	int n = 0;

	if (sh->sh_flags & SHF_ALLOC)
		flags[n++] = 'A';
	if (sh->sh_flags & SHF_WRITE)
		flags[n++] = 'W';
	if (sh->sh_flags & SHF_EXECINSTR)
		flags[n++] = 'X';
	if (sh->sh_flags & SHF_TLS)
		flags[n++] = 'T';
	flags[n] = 0;
	fact_put_text(row, "name", name);
	fact_put_hex(row, "addr", sh->sh_addr);
	fact_put_hex(row, "offset", sh->sh_offset);
	fact_put_number(row, "size", sh->sh_size);
	fact_put_text(row, "flags", flags);
	fact_add(list, row);
	if (sh->sh_type != SHT_NOBITS && sh->sh_type != SHT_NULL &&
	    !input_has(&p->in, sh->sh_offset, sh->sh_size)) {
		json_t *text = fact_text(name);

		damage_add(p, "section %s lies beyond the end of the file",
			   json_string_value(text));
		json_decref(text);
	} else if ((sh->sh_flags & SHF_EXECINSTR) && sh->sh_type == SHT_PROGBITS &&
		   p->region_count < REGIONS_MAX) {
		struct region *r = &p->regions[p->region_count++];

		*r = (struct region){ sh->sh_addr, sh->sh_offset, sh->sh_size, "" };
		snprintf(r->name, sizeof(r->name), "%s", name);
	}
}

static void section_facts(struct program *p)
{
	json_t *list = fact_list();
	Elf_Scn *scn = NULL;
	size_t strings, n = 0;
	bool symtab = false, debug = false;

	if (elf_getshdrstrndx(p->elf, &strings) == 0)
		while ((scn = elf_nextscn(p->elf, scn)) != NULL && n++ < SECTIONS_MAX) {
			GElf_Shdr sh;
			const char *name;

			if (gelf_getshdr(scn, &sh) == NULL)
				continue;
			name = elf_strptr(p->elf, strings, sh.sh_name);
			symtab |= sh.sh_type == SHT_SYMTAB;
			debug |= name != NULL && strcmp(name, ".debug_info") == 0;
			section_add(p, list, &sh, name == NULL ? "" : name);
		}
	fact_put_bool(p->facts, "stripped", !symtab);
	fact_put_bool(p->facts, "debug_info", debug);
	fact_put(p->facts, "sections", list);
}

/* --- segments --- */

static json_t *segment_sections(const struct program *p, const GElf_Phdr *ph)
{
	json_t *names = fact_list();
	Elf_Scn *scn = NULL;
	size_t strings, n = 0;

	if (elf_getshdrstrndx(p->elf, &strings) < 0 || ph->p_memsz == 0)
		return names;
	while ((scn = elf_nextscn(p->elf, scn)) != NULL && n++ < SECTIONS_MAX) {
		GElf_Shdr sh;
		const char *name;
		bool tls;

		if (gelf_getshdr(scn, &sh) == NULL || !(sh.sh_flags & SHF_ALLOC) ||
		    sh.sh_addr < ph->p_vaddr || sh.sh_addr - ph->p_vaddr >= ph->p_memsz)
			continue;
		tls = (sh.sh_flags & SHF_TLS) != 0;
		if (tls != (ph->p_type == PT_TLS) &&
		    (ph->p_type == PT_TLS || sh.sh_type == SHT_NOBITS))
			continue;
		name = elf_strptr(p->elf, strings, sh.sh_name);
		if (name != NULL)
			fact_add_unique(names, fact_text(name), 64);
	}
	return names;
}

static void segment_add(struct program *p, json_t *list, const GElf_Phdr *ph)
{
	json_t *row = fact_object();
	char flags[4] = "   ";

	flags[0] = ph->p_flags & PF_R ? 'R' : ' ';
	flags[1] = ph->p_flags & PF_W ? 'W' : ' ';
	flags[2] = ph->p_flags & PF_X ? 'E' : ' ';
	fact_put_text(row, "type", type_name(ph->p_type));
	fact_put_hex(row, "type_number", ph->p_type);
	fact_put_hex(row, "offset", ph->p_offset);
	fact_put_hex(row, "vaddr", ph->p_vaddr);
	fact_put_hex(row, "paddr", ph->p_paddr);
	fact_put_hex(row, "filesz", ph->p_filesz);
	fact_put_hex(row, "memsz", ph->p_memsz);
	fact_put_text(row, "flags", flags);
	fact_put_hex(row, "align", ph->p_align);
	fact_put(row, "sections", segment_sections(p, ph));
	fact_add(list, row);
}

static void segment_check(struct program *p, const GElf_Phdr *ph, u32 index)
{
	if (ph->p_type == PT_NULL)
		return;
	if (ph->p_filesz != 0 && !input_has(&p->in, ph->p_offset, ph->p_filesz))
		damage_add(p,
			   "program header %u (%s): bytes 0x%llx to 0x%llx lie beyond the end of "
			   "the file",
			   index, type_name(ph->p_type), (unsigned long long)ph->p_offset,
			   (unsigned long long)(ph->p_offset + ph->p_filesz));
	if (ph->p_type != PT_LOAD)
		return;
	if (ph->p_filesz > ph->p_memsz)
		damage_add(p, "program header %u: more bytes in the file than in memory", index);
	if (ph->p_offset % 4096 != ph->p_vaddr % 4096)
		damage_add(p, "program header %u: offset and address differ within a page", index);
	if ((ph->p_flags & PF_W) && (ph->p_flags & PF_X))
		hazard_add(p, "warning", "segment at 0x%llx is writable and executable",
			   (unsigned long long)ph->p_vaddr);
	if ((ph->p_flags & PF_X) && p->region_count < REGIONS_MAX &&
	    json_array_size(fact_get(p->facts, "sections")) < 2) {
		struct region *r = &p->regions[p->region_count++];

		*r = (struct region){ ph->p_vaddr, ph->p_offset, ph->p_filesz, "" };
		snprintf(r->name, sizeof(r->name), "segment %u", index);
	}
}

static void segment_facts(struct program *p)
{
	json_t *list = fact_list(), *tls;
	bool stack = false, exec_stack = false, rwx = false, relro = false, entry = false;

	for (u32 i = 0; i < p->ehdr.e_phnum && i < 256; i++) {
		GElf_Phdr ph;

		if (gelf_getphdr(p->elf, (int)i, &ph) == NULL)
			continue;
		segment_add(p, list, &ph);
		segment_check(p, &ph, i);
		stack |= ph.p_type == PT_GNU_STACK;
		exec_stack |= ph.p_type == PT_GNU_STACK && (ph.p_flags & PF_X);
		relro |= ph.p_type == PT_GNU_RELRO;
		rwx |= ph.p_type == PT_LOAD && (ph.p_flags & PF_W) && (ph.p_flags & PF_X);
		entry |= ph.p_type == PT_LOAD && (ph.p_flags & PF_X) &&
			 p->ehdr.e_entry - ph.p_vaddr < ph.p_memsz;
		if (ph.p_type == PT_TLS) {
			tls = fact_object();
			fact_put_hex(tls, "vaddr", ph.p_vaddr);
			fact_put_number(tls, "filesz", ph.p_filesz);
			fact_put_number(tls, "memsz", ph.p_memsz);
			fact_put_number(tls, "align", ph.p_align);
			fact_put(p->facts, "tls_segment", tls);
		}
	}
	fact_put(p->facts, "segments", list);
	fact_put_text(p->facts, "stack",
		      !stack	 ? "executable (no GNU_STACK header)" :
		      exec_stack ? "executable" :
				   "not executable");
	fact_put_bool(p->facts, "relro_segment", relro);
	fact_put_bool(p->facts, "writable_code", rwx);
	if ((!stack || exec_stack) && json_array_size(list) != 0)
		hazard_add(p, "warning", "the stack is executable");
	if (!entry && p->ehdr.e_entry != 0 && p->native)
		hazard_add(p, "danger", "the entry point 0x%llx is not in executable memory",
			   (unsigned long long)p->ehdr.e_entry);
}

/* --- notes --- */

static void property_note(struct program *p, const u8 *desc, size_t len)
{
	while (len >= 8) {
		u32 type, size;
		u32 value = 0;

		memcpy(&type, desc, 4);
		memcpy(&size, desc + 4, 4);
		desc += 8;
		len -= 8;
		if (size > len)
			return;
		if (size >= 4)
			memcpy(&value, desc, 4);
		if (type == 0xc0000002) {
			fact_put_bool(p->facts, "ibt", value & 1);
			fact_put_bool(p->facts, "shstk", (value & 2) != 0);
		}
		if (type == 0xc0008002)
			fact_put_text(p->facts, "isa_needed",
				      value & 8 ? "x86-64-v4" :
				      value & 4 ? "x86-64-v3" :
				      value & 2 ? "x86-64-v2" :
						  "x86-64 baseline");
		size = (size + 7) & ~7u;
		if (size > len)
			return;
		desc += size;
		len -= size;
	}
}

static void note(struct program *p, const char *name, u32 type, const u8 *desc, size_t len)
{
	char hex[129];

	if (strcmp(name, "GNU") == 0 && type == NT_GNU_BUILD_ID && len <= 64) {
		hex_format(desc, len, hex);
		fact_put_text(p->facts, "build_id", hex);
	} else if (strcmp(name, "GNU") == 0 && type == NT_GNU_ABI_TAG && len >= 16) {
		u32 v[4];

		memcpy(v, desc, sizeof(v));
		fact_put(p->facts, "kernel_needed",
			 fact_format("%s %u.%u.%u", v[0] == 0 ? "Linux" : "other", v[1], v[2],
				     v[3]));
	} else if (strcmp(name, "GNU") == 0 && type == NT_GNU_PROPERTY_TYPE_0) {
		property_note(p, desc, len);
	} else if (strcmp(name, "Go") == 0 && type == 4) {
		fact_put(p->facts, "go_build_id", fact_bytes(desc, len));
	}
}

void elf_note_facts(struct program *p)
{
	for (u32 i = 0; i < p->ehdr.e_phnum && i < 256; i++) {
		GElf_Phdr ph;
		Elf_Data *data;
		size_t at = 0, next, name_at, desc_at;
		GElf_Nhdr nh;
		int count = 0;

		if (gelf_getphdr(p->elf, (int)i, &ph) == NULL || ph.p_type != PT_NOTE ||
		    !input_has(&p->in, ph.p_offset, ph.p_filesz) || ph.p_filesz > 1 << 20)
			continue;
		data = elf_getdata_rawchunk(p->elf, (int64_t)ph.p_offset, ph.p_filesz,
					    ph.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
		while (data != NULL && count++ < 64 &&
		       (next = gelf_getnote(data, at, &nh, &name_at, &desc_at)) > 0) {
			const u8 *base = data->d_buf;
			char name[16];

			snprintf(name, sizeof(name), "%.*s", (int)MIN(nh.n_namesz, 15u),
				 (const char *)base + name_at);
			note(p, nh.n_namesz == 0 ? "" : name, nh.n_type, base + desc_at,
			     nh.n_descsz);
			at = next;
		}
	}
}

/* --- the header --- */

static void header_facts(struct program *p)
{
	static const char *const types[] = { "none", "relocatable", "executable",
					     "shared object", "core" };
	const GElf_Ehdr *h = &p->ehdr;
	json_t *elf = fact_object();

	fact_put_number(elf, "class", h->e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 32);
	fact_put_text(elf, "byte_order", h->e_ident[EI_DATA] == ELFDATA2MSB ? "MSB" : "LSB");
	fact_put_text(elf, "type", h->e_type < ARRAY_SIZE(types) ? types[h->e_type] : "other");
	fact_put_text(elf, "machine", machine_name(h->e_machine));
	fact_put_number(elf, "osabi", h->e_ident[EI_OSABI]);
	fact_put_hex(elf, "entry", h->e_entry);
	fact_put_hex(elf, "flags", h->e_flags);
	fact_put_number(elf, "phnum", h->e_phnum);
	fact_put_number(elf, "shnum", h->e_shnum);
	fact_put(p->facts, "elf", elf);
	if (!p->native)
		hazard_add(p, "danger", "for %s, %s: does not run on Linux x86-64",
			   machine_name(h->e_machine),
			   h->e_ident[EI_CLASS] == ELFCLASS64 ? "64 bits" : "32 bits");
}

void elf_facts(struct program *p)
{
	size_t entry = p->ehdr.e_ident[EI_CLASS] == ELFCLASS64 ? 56 : 32;
	size_t section = p->ehdr.e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 40;

	header_facts(p);
	if (!input_has(&p->in, p->ehdr.e_phoff, p->ehdr.e_phnum * entry))
		damage_add(p, "the program headers lie beyond the end of the file");
	if (p->ehdr.e_shnum != 0 &&
	    !input_has(&p->in, p->ehdr.e_shoff, p->ehdr.e_shnum * section))
		damage_add(p, "the section headers lie beyond the end of the file");
	if (p->ehdr.e_phnum == 0 && p->ehdr.e_type != ET_REL)
		hazard_add(p, "danger", "no program headers: nothing can be loaded");
	section_facts(p);
	segment_facts(p);
	elf_note_facts(p);
}

/* --- addresses --- */

const u8 *program_bytes(const struct program *p, u64 addr, size_t *ret_len)
{
	for (u32 i = 0; p->elf != NULL && i < p->ehdr.e_phnum && i < 256; i++) {
		GElf_Phdr ph;
		u64 at;

		if (gelf_getphdr(p->elf, (int)i, &ph) == NULL || ph.p_type != PT_LOAD ||
		    addr < ph.p_vaddr || addr - ph.p_vaddr >= ph.p_filesz ||
		    __builtin_add_overflow(ph.p_offset, addr - ph.p_vaddr, &at) ||
		    at >= p->in.size)
			continue;
		*ret_len = MIN(ph.p_filesz - (addr - ph.p_vaddr), p->in.size - at);
		return p->in.data + at;
	}
	return NULL;
}

json_t *program_place(const struct program *p, u64 addr)
{
	const char *section = program_section(p, addr);

	if (section[0] != 0)
		return fact_format("section %s", section);
	for (u32 i = 0; p->elf != NULL && i < p->ehdr.e_phnum && i < 256; i++) {
		GElf_Phdr ph;

		if (gelf_getphdr(p->elf, (int)i, &ph) != NULL && ph.p_type == PT_LOAD &&
		    addr >= ph.p_vaddr && addr - ph.p_vaddr < ph.p_memsz)
			return fact_format("segment %u (%s%s)", i, ph.p_flags & PF_W ? "W" : "R",
					   ph.p_flags & PF_X ? "X" : "");
	}
	return NULL;
}

static json_t *symbol_in(const struct program *p, Elf_Scn *scn, const GElf_Shdr *sh, u64 addr)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	size_t count = sh->sh_entsize == 0 ? 0 : sh->sh_size / sh->sh_entsize;
	GElf_Sym best = { 0 };

	for (size_t i = 0; data != NULL && i < count && i < SYMBOLS_MAX; i++) {
		GElf_Sym sym;

		if (gelf_getsym(data, (int)i, &sym) == NULL)
			break;
		if (GELF_ST_TYPE(sym.st_info) == STT_FUNC && sym.st_value <= addr &&
		    addr - sym.st_value < MAX(sym.st_size, 1u) && sym.st_value >= best.st_value)
			best = sym;
	}
	const char *name = best.st_value == 0 ? NULL :
						elf_strptr(p->elf, sh->sh_link, best.st_name);

	return name == NULL || name[0] == 0 ?
		       NULL :
		       fact_format("%s+0x%llx", name, (unsigned long long)(addr - best.st_value));
}

json_t *elf_symbol(const struct program *p, u64 addr)
{
	Elf_Scn *scn = NULL;
	json_t *found = NULL;
	size_t n = 0;

	if (p->elf == NULL)
		return NULL;
	while (found == NULL && (scn = elf_nextscn(p->elf, scn)) != NULL && n++ < SECTIONS_MAX) {
		GElf_Shdr sh;

		if (gelf_getshdr(scn, &sh) != NULL &&
		    (sh.sh_type == SHT_SYMTAB || sh.sh_type == SHT_DYNSYM))
			found = symbol_in(p, scn, &sh, addr);
	}
	return found;
}
