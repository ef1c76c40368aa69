/* The place of a crash: instruction, operand, kind of address, callers. See crash.h. */
#include "report/crash.h"

#include <Zydis/Zydis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES_MAX 32
#define NEAR_SIZE 0x10000ull
#define STACK_SCAN 4096u

/* --- what the record holds --- */

bool mapping_parse(const char *line, struct mapping *ret)
{
	unsigned long long start, end, offset;
	int used = 0;

	if (sscanf(line, "%llx-%llx %7s %llx %*s %*s %n", &start, &end, ret->perms, &offset,
		   &used) != 4 ||
	    start >= end)
		return false;
	ret->start = start;
	ret->end = end;
	ret->offset = offset;
	ret->name = used > 0 ? line + used : "";
	return true;
}

u64 load_bias(const struct program *p, const json_t *crash)
{
	const char *file = strrchr(p->in.path, '/');
	u64 lowest = ~0ull;
	size_t i;
	json_t *line;

	file = file == NULL ? p->in.path : file + 1;
	for (u32 n = 0; n < p->ehdr.e_phnum && n < 256; n++) {
		GElf_Phdr ph;

		if (gelf_getphdr(p->elf, (int)n, &ph) != NULL && ph.p_type == PT_LOAD)
			lowest = MIN(lowest, ph.p_vaddr & ~0xfffull);
	}
	if (p->ehdr.e_type != ET_DYN || lowest == ~0ull)
		return 0;
	json_array_foreach(fact_get(crash, "maps"), i, line) {
		struct mapping m;
		const char *slash;

		if (!mapping_parse(json_string_value(line), &m))
			continue;
		slash = strrchr(m.name, '/');
		if (slash != NULL && strcmp(slash + 1, file) == 0)
			return m.start - lowest;
	}
	return 0;
}

bool record_bytes_at(const json_t *record, u64 addr, u8 *out, size_t len)
{
	const char *digits = fact_string(record, "bytes");
	u64 start = fact_number(record, "addr"), size = strlen(digits) / 2;

	if (addr < start || addr - start > size || len > size - (addr - start))
		return false;
	digits += 2 * (addr - start);
	for (size_t i = 0; i < len; i++) {
		unsigned int byte;

		if (sscanf(digits + 2 * i, "%2x", &byte) != 1)
			return false;
		out[i] = (u8)byte;
	}
	return true;
}

static bool mapping_at(const json_t *crash, u64 addr, struct mapping *ret)
{
	size_t i;
	json_t *line;

	json_array_foreach(fact_get(crash, "maps"), i, line)
		if (mapping_parse(json_string_value(line), ret) && addr >= ret->start &&
		    addr < ret->end)
			return true;
	return false;
}

/* --- what kind of address it is --- */

static const struct {
	u64 start, size;
	const char *what;
} anchors[] = {
	{ 0x6fe000000, 0x1000, "Cosmopolitan Libc's table of file descriptors" },
	{ 0x6fe000040000, 0x40000, "Cosmopolitan Libc's table of file descriptors (2022 to 2024)" },
	{ 0x6fc000040000, 0x40000, "Cosmopolitan Libc's memory tracking" },
	{ 0x700000000000, 0x1000000, "Cosmopolitan Libc's stack" },
	{ 0x100080000000, 0x80000000, "Cosmopolitan Libc's arena" },
};

static void address_say(json_t *crash, const char *kind, json_t *text)
{
	fact_put_text(crash, "address_kind", kind);
	fact_put(crash, "address", text);
}

static bool address_anchor(json_t *crash, u64 addr)
{
	for (size_t i = 0; i < ARRAY_SIZE(anchors); i++)
		if (addr >= anchors[i].start && addr - anchors[i].start < anchors[i].size) {
			address_say(crash, "anchor",
				    fact_format("in %s at 0x%llx, which was never mapped",
						anchors[i].what,
						(unsigned long long)anchors[i].start));
			return true;
		}
	return false;
}

/* Unmapped: next to the stack, a mapping, or nothing. */
static void address_unmapped(json_t *crash, u64 addr)
{
	struct mapping m, below = { 0 }, above = { 0 };
	u64 sp = fact_number(crash, "regs.rsp");
	size_t i;
	json_t *line;

	json_array_foreach(fact_get(crash, "maps"), i, line) {
		if (!mapping_parse(json_string_value(line), &m))
			continue;
		if (m.end <= addr && m.end > below.end)
			below = m;
		if (m.start > addr && (above.start == 0 || m.start < above.start))
			above = m;
	}
	if (above.start != 0 && strstr(above.name, "[stack") != NULL &&
	    (above.start - addr < NEAR_SIZE || sp < above.start))
		address_say(crash, "guard",
			    fact_format("below the stack, which begins at 0x%llx",
					(unsigned long long)above.start));
	else if (sp - addr < NEAR_SIZE || addr - sp < 256)
		address_say(crash, "guard",
			    fact_text("next to the stack pointer: the stack has run over"));
	else if (below.end != 0 && addr - below.end < NEAR_SIZE)
		address_say(crash, "unmapped",
			    fact_format("not mapped, 0x%llx behind %s", (unsigned long long)(addr -
											     below.end),
					below.name[0] != 0 ? below.name : "anonymous memory"));
	else if (above.start != 0 && above.start - addr < NEAR_SIZE)
		address_say(crash, "unmapped",
			    fact_format("not mapped, 0x%llx in front of %s",
					(unsigned long long)(above.start - addr),
					above.name[0] != 0 ? above.name : "anonymous memory"));
	else
		address_say(crash, "unmapped", fact_text("not mapped, and nothing is near it"));
}

static void address_classify(json_t *crash)
{
	u64 addr = fact_number(crash, "addr"), fs = fact_number(crash, "regs.fs_base");
	u64 gs = fact_number(crash, "regs.gs_base");
	struct mapping m;

	if (fact_number(crash, "trap") == 13)
		address_say(crash, "protection",
			    fact_text("a general protection fault: a non-canonical address or a "
				      "privileged instruction"));
	else if (addr < 0x10000)
		address_say(crash, "null", fact_text("null, or an offset from a null pointer"));
	else if (addr >= (u64)-4096)
		address_say(crash, "errno",
			    fact_format("a failed call's result (-%llu) used as a pointer",
					(unsigned long long)-addr));
	else if (mapping_at(crash, addr, &m))
		address_say(crash, "access",
			    fact_format("mapped %s, which forbids the access: %s", m.perms,
					m.name[0] != 0 ? m.name : "anonymous memory"));
	else if (address_anchor(crash, addr))
		return;
	else if ((fs != 0 && addr - (fs - NEAR_SIZE) < 2 * NEAR_SIZE) ||
		 (gs != 0 && addr - (gs - NEAR_SIZE) < 2 * NEAR_SIZE))
		address_say(crash, "tls", fact_text("near the base of thread-local storage"));
	else
		address_unmapped(crash, addr);
}

/* --- the instruction --- */

static u64 register_value(const json_t *crash, ZydisRegister reg)
{
	char key[24];

	snprintf(key, sizeof(key), "regs.%s",
		 ZydisRegisterGetString(ZydisRegisterGetLargestEnclosing(
			 ZYDIS_MACHINE_MODE_LONG_64, reg)));
	return fact_number(crash, key);
}

static void operand_say(json_t *crash, const ZydisDecodedOperand *op, u64 next)
{
	json_t *facts = fact_object();
	bool fs = op->mem.segment == ZYDIS_REGISTER_FS, gs = op->mem.segment == ZYDIS_REGISTER_GS;
	u64 addr = op->mem.disp.has_displacement ? (u64)op->mem.disp.value : 0;

	if (op->mem.base == ZYDIS_REGISTER_RIP)
		addr += next;
	else if (op->mem.base != ZYDIS_REGISTER_NONE)
		addr += register_value(crash, op->mem.base);
	if (op->mem.index != ZYDIS_REGISTER_NONE)
		addr += register_value(crash, op->mem.index) * op->mem.scale;
	fact_put_hex(facts, "offset", addr);
	if (fs || gs)
		addr += fact_number(crash, fs ? "regs.fs_base" : "regs.gs_base");
	fact_put_text(facts, "segment", fs ? "fs" : gs ? "gs" : "");
	if (op->mem.base != ZYDIS_REGISTER_NONE)
		fact_put_text(facts, "base", ZydisRegisterGetString(op->mem.base));
	fact_put_hex(facts, "addr", addr);
	fact_put_bool(facts, "write",
		      (op->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0);
	fact_put(crash, "operand", facts);
}

static void instruction_say(json_t *crash, const u8 *code, size_t len, u64 ip)
{
	ZydisDecoder decoder;
	ZydisDecodedInstruction in;
	ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];
	const json_t *first;

	fact_put(crash, "disassembly", code_disassemble(code, len, ip, 6));
	first = json_array_get(fact_get(crash, "disassembly"), 0);
	fact_put_text(crash, "instruction", fact_string(first, "text"));
	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code, len, &in, op)))
		return;
	fact_put_text(crash, "isa", ZydisISASetGetString(in.meta.isa_set));
	for (u32 i = 0; i < in.operand_count; i++)
		if (op[i].type == ZYDIS_OPERAND_TYPE_MEMORY &&
		    op[i].mem.type == ZYDIS_MEMOP_TYPE_MEM) {
			operand_say(crash, &op[i], ip + in.length);
			return;
		}
}

/* --- where it is, and who called --- */

/* "in table_open+0x9 (.text), tls.c:37" of an address of the run. */
static json_t *place_of(const struct program *p, const json_t *crash, u64 addr)
{
	u64 bias = load_bias(p, crash);
	struct mapping m;
	bool mapped = mapping_at(crash, addr, &m);
	bool own = p->elf != NULL && program_section(p, addr - bias)[0] != 0;
	json_t *symbol = own ? elf_symbol(p, addr - bias) : NULL;
	json_t *line = own ? dwarf_place(p, addr - bias) : NULL, *place;

	place = fact_format("0x%llx%s%s%s%s%s%s", (unsigned long long)addr,
			    symbol != NULL ? " in " : "",
			    symbol != NULL ? json_string_value(symbol) : "",
			    line != NULL ? " at " : "", line != NULL ? json_string_value(line) : "",
			    !own && mapped ? " in " : "",
			    own	     ? "" :
			    !mapped  ? " (not mapped)" :
			    m.name[0] ? m.name :
				       "anonymous memory");
	json_decref(symbol);
	json_decref(line);
	return place;
}

static bool executable_at(const json_t *crash, u64 addr)
{
	struct mapping m;

	return mapping_at(crash, addr, &m) && strchr(m.perms, 'x') != NULL;
}

/* Callers by frame pointers; when there are none, addresses on the stack that may be. */
static void frames_find(const struct program *p, json_t *crash)
{
	const json_t *stack = fact_get(crash, "stack_bytes");
	json_t *frames = fact_list();
	u64 fp = fact_number(crash, "regs.rbp"), sp = fact_number(crash, "regs.rsp"), pair[2];

	fact_add(frames, place_of(p, crash, fact_number(crash, "regs.rip")));
	while (json_array_size(frames) < FRAMES_MAX && fp >= sp && fp % 8 == 0 &&
	       record_bytes_at(stack, fp, (u8 *)pair, sizeof(pair)) &&
	       executable_at(crash, pair[1])) {
		fact_add(frames, place_of(p, crash, pair[1] - 1));
		if (pair[0] <= fp)
			break;
		fp = pair[0];
	}
	for (u64 at = sp; json_array_size(frames) < 2 && at < sp + STACK_SCAN; at += 8) {
		json_t *guess;

		if (!record_bytes_at(stack, at, (u8 *)pair, 8))
			break;
		if (!executable_at(crash, pair[0]))
			continue;
		guess = place_of(p, crash, pair[0] - 1);
		fact_add(frames, fact_format("%s (found on the stack)", json_string_value(guess)));
		json_decref(guess);
	}
	fact_put(crash, "frames", frames);
}

void crash_analyse(const struct program *p, json_t *run)
{
	json_t *crash = json_object_get(run, "crash"), *source;
	u64 ip = fact_number(crash, "regs.rip");
	u8 code[64];
	size_t len = sizeof(code);

	if (crash == NULL)
		return;
	while (len != 0 && !record_bytes_at(fact_get(crash, "code_bytes"), ip, code, len))
		len--;
	if (len != 0)
		instruction_say(crash, code, len, ip);
	address_classify(crash);
	frames_find(p, crash);
	fact_put(crash, "place", place_of(p, crash, ip));
	source = p->elf == NULL ? NULL : dwarf_place(p, ip - load_bias(p, crash));
	fact_put(crash, "source", source);
}
