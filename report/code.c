/*
 * The code, decoded but not run: system call sites and their numbers, segment registers.
 *
 * A linear sweep decodes each executable section from its start. Data between functions
 * decodes as something: what is found is what may be there, as the report says. The number
 * of a call, and the first argument of arch_prctl, are known where constants reach the
 * register within the last instructions before the site.
 */
#include <Zydis/Zydis.h>
#include <string.h>

#include "abi/linux/prctl.h"
#include "abi/linux/syscall.h"
#include "abi/syscalls.h"
#include "report/program.h"

#define HISTORY 24u
#define SWEEP_MAX (256u << 20)
#define OFFSETS_MAX 16u
#define SITES_LISTED 64u

struct segment_use {
	u64 count;
	u32 offset_count;
	struct {
		s64 offset;
		u64 count;
	} offsets[OFFSETS_MAX];
};

struct sweep {
	struct program *p;
	ZydisDecoder decoder;
	const u8 *code;
	size_t history[HISTORY]; /* where the last instructions start; a ring */
	u32 seen;		 /* instructions since the last jump */
	u64 sites[3];		 /* syscall, int $0x80, sysenter */
	u64 constant;
	u8 calls[LINUX_SYS_LIMIT];
	bool set_fs, set_gs;
	u64 wrfsbase, wrgsbase;
	struct segment_use fs, gs;
	json_t *set_places;
};

/* --- constants before a site --- */

struct constants {
	bool known[16];
	u64 value[16];
	bool push_known;
	u64 push;
};

/* rax, rcx, ... as 0 to 15 for any of its widths from 32 bits up, else -1. */
static int register_index(ZydisRegister reg)
{
	if (reg >= ZYDIS_REGISTER_EAX && reg <= ZYDIS_REGISTER_R15D)
		return (int)(reg - ZYDIS_REGISTER_EAX);
	if (reg >= ZYDIS_REGISTER_RAX && reg <= ZYDIS_REGISTER_R15)
		return (int)(reg - ZYDIS_REGISTER_RAX);
	return -1;
}

static void learn(struct constants *c, int to, bool known, u64 value)
{
	c->known[to] = known;
	c->value[to] = known ? value : 0;
}

static void step(struct constants *c, const ZydisDecodedInstruction *in,
		 const ZydisDecodedOperand *op)
{
	int to = in->operand_count > 0 && op[0].type == ZYDIS_OPERAND_TYPE_REGISTER ?
			 register_index(op[0].reg.value) :
			 -1;
	int from = in->operand_count > 1 && op[1].type == ZYDIS_OPERAND_TYPE_REGISTER ?
			   register_index(op[1].reg.value) :
			   -1;

	switch (in->mnemonic) {
	case ZYDIS_MNEMONIC_MOV:
		if (to < 0)
			return;
		if (op[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
			learn(c, to, true, op[1].imm.value.u);
		else
			learn(c, to, from >= 0 && c->known[from], from < 0 ? 0 : c->value[from]);
		return;
	case ZYDIS_MNEMONIC_XOR:
	case ZYDIS_MNEMONIC_SUB:
		if (to >= 0)
			learn(c, to, to == from, 0);
		return;
	case ZYDIS_MNEMONIC_PUSH:
		c->push_known = op[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
		c->push = op[0].imm.value.u;
		return;
	case ZYDIS_MNEMONIC_POP:
		if (to >= 0)
			learn(c, to, c->push_known, c->push);
		c->push_known = false;
		return;
	case ZYDIS_MNEMONIC_CALL:
	case ZYDIS_MNEMONIC_SYSCALL:
		memset(c->known, 0, sizeof(c->known));
		return;
	default:
		for (u32 i = 0; i < in->operand_count; i++) {
			int r = op[i].type == ZYDIS_OPERAND_TYPE_REGISTER ?
					register_index(op[i].reg.value) :
					-1;

			if (r >= 0 && (op[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE))
				learn(c, r, false, 0);
		}
	}
}

/* What the registers hold at the instruction at `at`, by those decoded before it. */
static void constants_at(const struct sweep *s, size_t size, struct constants *c)
{
	ZydisDecodedInstruction in;
	ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];
	u32 count = MIN(s->seen, HISTORY);

	memset(c, 0, sizeof(*c));
	for (u32 i = 0; i < count; i++) {
		size_t at = s->history[(s->seen - count + i) % HISTORY];

		if (ZYAN_SUCCESS(ZydisDecoderDecodeFull(&s->decoder, s->code + at, size - at, &in,
							op)))
			step(c, &in, op);
	}
}

static void call_site(struct sweep *s, size_t at, size_t size, u64 addr)
{
	struct constants c;
	u64 nr;

	s->sites[0]++;
	constants_at(s, size, &c);
	(void)at;
	if (!c.known[0])
		return;
	nr = (u32)c.value[0];
	if (nr >= LINUX_SYS_LIMIT || syscall_desc_find(nr) == NULL)
		return;
	s->constant++;
	s->calls[nr] = 1;
	if (nr != (u64)syscall_number_find("arch_prctl") || !c.known[7])
		return;
	s->set_fs |= (u32)c.value[7] == LINUX_ARCH_SET_FS;
	s->set_gs |= (u32)c.value[7] == LINUX_ARCH_SET_GS;
	if ((u32)c.value[7] == LINUX_ARCH_SET_FS || (u32)c.value[7] == LINUX_ARCH_SET_GS)
		fact_add_unique(s->set_places,
				fact_format("0x%llx: arch_prctl(ARCH_SET_%s, ...)",
					    (unsigned long long)addr,
					    (u32)c.value[7] == LINUX_ARCH_SET_FS ? "FS" : "GS"),
				SITES_LISTED);
}

/* --- segment registers --- */

static void segment_use(struct segment_use *use, const ZydisDecodedInstruction *in)
{
	s64 offset = in->raw.disp.size != 0 ? in->raw.disp.value : 0;
	u32 i;

	use->count++;
	for (i = 0; i < use->offset_count && use->offsets[i].offset != offset; i++)
		;
	if (i == OFFSETS_MAX)
		return;
	if (i == use->offset_count) {
		use->offset_count++;
		use->offsets[i].offset = offset;
	}
	use->offsets[i].count++;
}

static json_t *segment_fact(const struct segment_use *use)
{
	json_t *facts = fact_object(), *offsets = fact_object();
	char key[32];

	fact_put_number(facts, "accesses", use->count);
	for (u32 i = 0; i < use->offset_count; i++) {
		s64 offset = use->offsets[i].offset;

		/* A single one far off is data that was decoded. */
		if (use->offsets[i].count < 2 && (offset < -0x10000 || offset > 0x10000))
			continue;
		snprintf(key, sizeof(key), "%s0x%llx", offset < 0 ? "-" : "",
			 (unsigned long long)(offset < 0 ? -(u64)offset : (u64)offset));
		fact_put_number(offsets, key, use->offsets[i].count);
	}
	fact_put(facts, "offsets", offsets);
	return facts;
}

/* --- the sweep --- */

static void instruction(struct sweep *s, const ZydisDecodedInstruction *in, size_t at, size_t size,
			u64 addr)
{
	if (in->attributes & ZYDIS_ATTRIB_HAS_SEGMENT_FS)
		segment_use(&s->fs, in);
	if (in->attributes & ZYDIS_ATTRIB_HAS_SEGMENT_GS)
		segment_use(&s->gs, in);
	switch (in->mnemonic) {
	case ZYDIS_MNEMONIC_SYSCALL:
		call_site(s, at, size, addr);
		break;
	case ZYDIS_MNEMONIC_INT:
		s->sites[1] += in->raw.imm[0].value.u == 0x80;
		break;
	case ZYDIS_MNEMONIC_SYSENTER:
		s->sites[2]++;
		break;
	case ZYDIS_MNEMONIC_WRFSBASE:
		s->wrfsbase++;
		break;
	case ZYDIS_MNEMONIC_WRGSBASE:
		s->wrgsbase++;
		break;
	default:
		break;
	}
	s->history[s->seen++ % HISTORY] = at;
	/* Behind these, control comes from elsewhere. */
	if (in->mnemonic == ZYDIS_MNEMONIC_RET || in->mnemonic == ZYDIS_MNEMONIC_JMP ||
	    in->mnemonic == ZYDIS_MNEMONIC_INT3)
		s->seen = 0;
}

static void region_sweep(struct sweep *s, const struct region *r)
{
	ZydisDecodedInstruction in;
	ZydisDecoderContext context;
	size_t size, at = 0;

	if (r->offset >= s->p->in.size)
		return;
	size = MIN(MIN(r->size, s->p->in.size - r->offset), (u64)SWEEP_MAX);
	s->code = s->p->in.data + r->offset;
	s->seen = 0;
	while (at < size) {
		if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&s->decoder, &context,
								s->code + at, size - at, &in))) {
			at++;
			s->seen = 0;
			continue;
		}
		instruction(s, &in, at, size, r->addr + at);
		at += in.length;
	}
}

/* How often a segment is used with that offset. */
static u64 accesses_at(const struct segment_use *use, s64 offset)
{
	for (u32 i = 0; i < use->offset_count; i++)
		if (use->offsets[i].offset == offset)
			return use->offsets[i].count;
	return 0;
}

/*
 * By the call where its first argument is a constant; else by what the code reads: FS:0 and
 * FS:0x28 by the usual C libraries, FS:0x30 or GS:0x30 by Cosmopolitan's, which keeps code for
 * Windows, where GS:0x30 is the system's, beside code for FS.
 */
static const char *mechanism_of(const struct sweep *s)
{
	if (s->set_fs && s->set_gs)
		return "ARCH_SET_FS and ARCH_SET_GS";
	if (s->set_fs || s->set_gs)
		return s->set_fs ? "ARCH_SET_FS" : "ARCH_SET_GS";
	if (accesses_at(&s->fs, 0x28) + accesses_at(&s->fs, 0x30) > 2)
		return "ARCH_SET_FS (inferred from its accesses)";
	if (accesses_at(&s->gs, 0x30) > 2)
		return "ARCH_SET_GS (inferred from its accesses)";
	return s->fs.count > 8 ? "FS (setting not found)" : "none found";
}

static void sweep_facts(struct sweep *s)
{
	json_t *facts = fact_object(), *sites = fact_object(), *calls = fact_list();
	json_t *tls = fact_object();

	fact_put_number(sites, "syscall", s->sites[0]);
	fact_put_number(sites, "int80", s->sites[1]);
	fact_put_number(sites, "sysenter", s->sites[2]);
	fact_put(facts, "sites", sites);
	fact_put_number(facts, "constant", s->constant);
	fact_put_number(facts, "computed", s->sites[0] - s->constant);
	for (u64 nr = 0; nr < LINUX_SYS_LIMIT; nr++)
		if (s->calls[nr])
			fact_add(calls, fact_text(syscall_desc_find(nr)->name));
	fact_put(facts, "calls", calls);
	fact_put(s->p->facts, "syscalls", facts);

	fact_put(tls, "fs", segment_fact(&s->fs));
	fact_put(tls, "gs", segment_fact(&s->gs));
	fact_put_number(tls, "wrfsbase", s->wrfsbase);
	fact_put_number(tls, "wrgsbase", s->wrgsbase);
	fact_put_bool(tls, "set_fs", s->set_fs);
	fact_put_bool(tls, "set_gs", s->set_gs);
	fact_put(tls, "set_places", s->set_places);
	fact_put_text(tls, "mechanism", mechanism_of(s));
	fact_put(s->p->facts, "tls", tls);
}

void code_facts(struct program *p)
{
	struct sweep s = { .p = p, .set_places = fact_list() };
	const u8 *entry;
	size_t len;

	ZydisDecoderInit(&s.decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	for (u32 i = 0; i < p->region_count; i++)
		region_sweep(&s, &p->regions[i]);
	sweep_facts(&s);
	entry = program_bytes(p, p->ehdr.e_entry, &len);
	if (entry != NULL)
		fact_put(p->facts, "entry_code",
			 code_disassemble(entry, len, p->ehdr.e_entry, 12));
	if (s.set_gs)
		hazard_add(p, "warning",
			   "sets its thread-local storage with arch_prctl(ARCH_SET_GS): refused by "
			   "gVisor and by other kernels that keep GS for themselves");
	if (s.wrgsbase != 0)
		hazard_add(p, "note", "writes the GS base itself (wrgsbase)");
	if (s.sites[1] != 0 || s.sites[2] != 0)
		hazard_add(p, "note", "may make 32-bit system calls (int $0x80 or sysenter): %llu "
				      "places, some of which may be data",
			   (unsigned long long)(s.sites[1] + s.sites[2]));
}

json_t *code_disassemble(const u8 *bytes, size_t len, u64 addr, u32 max)
{
	ZydisDecoder decoder;
	ZydisFormatter formatter;
	static const ZydisFormatterProperty plain[] = {
		ZYDIS_FORMATTER_PROP_ADDR_PADDING_ABSOLUTE,
		ZYDIS_FORMATTER_PROP_ADDR_PADDING_RELATIVE,
		ZYDIS_FORMATTER_PROP_DISP_PADDING,
		ZYDIS_FORMATTER_PROP_IMM_PADDING,
	};
	json_t *list = fact_list();
	size_t at = 0;

	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_ATT);
	/* Numbers as short as objdump writes them. */
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		ZydisFormatterSetProperty(&formatter, plain[i], ZYDIS_PADDING_DISABLED);
	ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_HEX_UPPERCASE, ZYAN_FALSE);
	for (u32 i = 0; i < max && at < len; i++) {
		ZydisDecodedInstruction in;
		ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];
		json_t *row = fact_object();
		char text[128] = "(bad)", hex[2 * ZYDIS_MAX_INSTRUCTION_LENGTH + 1];
		bool good = ZYAN_SUCCESS(
			ZydisDecoderDecodeFull(&decoder, bytes + at, len - at, &in, op));
		size_t size = good ? in.length : 1;

		if (good)
			ZydisFormatterFormatInstruction(&formatter, &in, op,
							in.operand_count_visible, text,
							sizeof(text), addr + at, NULL);
		hex_format(bytes + at, size, hex);
		fact_put_hex(row, "addr", addr + at);
		fact_put_text(row, "bytes", hex);
		fact_put_text(row, "text", text);
		fact_add(list, row);
		at += size;
		if (good && in.mnemonic == ZYDIS_MNEMONIC_RET)
			break;
	}
	return list;
}
