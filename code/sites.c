/* Which `syscall` instructions a program's text has. See sites.h. */
#include "code/sites.h"

#include "abi/linux/elf.h"
#include "code/decode.h"
#include "lib/checked.h"
#include "lib/string.h"

#define SHT_X86_64_UNWIND 0x70000001u
#define PHDRS_MAX 64u
#define SHDRS_MAX 128u
#define TABLE_MAX (32ull << 20) /* bytes of a table that are looked at */
#define CALL_SIZE 2u
#define FUNCTION_SIZE 1024u /* of C, on average, is less */

/* .eh_frame_hdr: the encodings that linkers write. */
#define EH_VERSION 1u
#define EH_PCREL_S4 0x1b
#define EH_UDATA4 0x03
#define EH_DATAREL_S4 0x3b

struct eh_head {
	u8 version, frame_encoding, count_encoding, table_encoding;
	s32 frame;
	u32 count;
};

struct eh_entry {
	s32 start, fde;
};

/* .eh_frame: the encoding again, in the entry that describes others' form. */
#define EH_ENCODING_AT 16u
struct eh_record {
	u32 len, id;
	s32 start; /* of the code, from here */
	u32 size;
	u8 encoding; /* of those that describe (id 0) */
};

/* Go's table of functions, since 1.18. */
#define GO_MAGIC_118 0xfffffff0u
#define GO_MAGIC_120 0xfffffff1u
struct go_head {
	u32 magic;
	u8 zero[2], quantum, pointer;
	u64 functions, files, text, names, units, file_names, programs, table;
};

struct go_entry {
	u32 start, function;
};

struct text_view {
	struct code_search *search;
	const struct code_file *file;
	u64 vaddr; /* of the text's start, as the file has it */
	const u8 *text;
	u32 len;
	u32 last; /* the site after the start that was noted last */
};

/* --- where 0f 05 is --- */

#define EACH_BYTE 0x0101010101010101ull

/* The high bit of each byte of x that is zero, and perhaps of one after such a byte. */
static u64 zero_bytes(u64 x)
{
	return (x - EACH_BYTE) & ~x & (EACH_BYTE << 7);
}

static u64 load(const u8 *p)
{
	u64 x;

	__builtin_memcpy(&x, p, sizeof(x)); /* no call */
	return x;
}

static void collect_within(struct code_search *s, const u8 *text, u32 from, u32 to)
{
	for (u32 at = from; at < to && s->count < CODE_SITES_MAX; at++)
		if (text[at] == 0x0f && text[at + 1] == 0x05)
			s->sites[s->count++] =
				(struct code_site){ .at = at, .start = SITE_NO_START };
}

void sites_collect(struct code_search *s, const u8 *text, u32 len)
{
	u32 at = 0;

	s->count = 0;
	for (; len >= 9 && at <= len - 9; at += 8)
		if (zero_bytes(load(text + at) ^ EACH_BYTE * 0x0f) &
		    zero_bytes(load(text + at + 1) ^ EACH_BYTE * 0x05))
			collect_within(s, text, at, at + 8);
	if (len >= CALL_SIZE)
		collect_within(s, text, at, len - 1);
}

/* --- where functions begin --- */

static bool read_exactly(const struct code_file *f, void *buf, size_t len, u64 offset)
{
	return f->read(f->file, buf, len, offset) == (s64)len;
}

/* Code begins at that address: of interest to the first site after it, so far. */
static void note_start(struct text_view *v, u64 vaddr)
{
	u64 start = vaddr - v->vaddr;
	struct code_search *s = v->search;
	u32 lo = 0, hi = s->count;

	if (start >= v->len)
		return;
	/* Tables are sorted, mostly. */
	if (v->last < s->count && s->sites[v->last].at >= start &&
	    (v->last == 0 || s->sites[v->last - 1].at < start))
		lo = hi = v->last;
	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (s->sites[mid].at < start)
			lo = mid + 1;
		else
			hi = mid;
	}
	v->last = lo;
	if (lo < s->count &&
	    (s->sites[lo].start == SITE_NO_START || s->sites[lo].start < start))
		s->sites[lo].start = (u32)start;
}

typedef void entry_fn(struct text_view *v, const u8 *entry, u64 base);

/* Call fn with each of the entries of the table at that place of the file. */
static void each_entry(struct text_view *v, u64 at, u64 bytes, u32 size, entry_fn *fn, u64 base)
{
	u64 left = MIN(bytes, TABLE_MAX), step = sizeof(v->search->buffer);

	step -= step % size;
	while (left >= size) {
		s64 n = v->file->read(v->file->file, v->search->buffer, MIN(left, step), at);

		n -= n % (s64)size;
		if (n <= 0)
			return;
		for (s64 i = 0; i < n; i += (s64)size)
			fn(v, v->search->buffer + i, base);
		at += (u64)n;
		left -= (u64)n;
	}
}

static void start_of_unwind(struct text_view *v, const u8 *entry, u64 base)
{
	struct eh_entry e;

	memcpy(&e, entry, sizeof(e));
	note_start(v, base + (u64)(s64)e.start);
}

/* False: there is no such table, or it is of a few functions only. */
static bool starts_of_unwind(struct text_view *v, const struct linux_elf64_phdr *ph)
{
	struct eh_head head;

	if (ph->p_filesz < sizeof(head) ||
	    !read_exactly(v->file, &head, sizeof(head), ph->p_offset) ||
	    head.version != EH_VERSION || head.frame_encoding != EH_PCREL_S4 ||
	    head.count_encoding != EH_UDATA4 || head.table_encoding != EH_DATAREL_S4)
		return false;
	each_entry(v, ph->p_offset + sizeof(head),
		   MIN((u64)head.count * sizeof(struct eh_entry), ph->p_filesz - sizeof(head)),
		   sizeof(struct eh_entry), start_of_unwind, ph->p_vaddr);
	return head.count >= v->len / FUNCTION_SIZE;
}

/* Static programs have the unwind information without the table. */
static void starts_of_frames(struct text_view *v, const struct linux_elf64_shdr *sh)
{
	u8 *buffer = v->search->buffer;
	u64 at = 0, size = MIN(sh->sh_size, TABLE_MAX);
	struct eh_record r;

	while (at + sizeof(r) <= size) {
		s64 n = v->file->read(v->file->file, buffer,
				      MIN(size - at, sizeof(v->search->buffer)),
				      sh->sh_offset + at);
		s64 i = 0;

		for (; i + (s64)sizeof(r) <= n; i += r.len + (s64)sizeof(r.len)) {
			memcpy(&r, buffer + i, sizeof(r));
			if (r.len < sizeof(r) - sizeof(r.len) || r.len > TABLE_MAX)
				return;
			if (r.id == 0 && memcmp(buffer + i + 9, "zR", 3) == 0 &&
			    r.encoding != EH_PCREL_S4)
				return;
			if (r.id != 0)
				note_start(v, sh->sh_addr + at + (u64)i +
						      offsetof(struct eh_record, start) +
						      (u64)(s64)r.start);
		}
		if (i == 0)
			return;
		at += (u64)i;
	}
}

static void start_of_go(struct text_view *v, const u8 *entry, u64 base)
{
	struct go_entry e;

	memcpy(&e, entry, sizeof(e));
	note_start(v, base + e.start);
}

static void starts_of_go(struct text_view *v, const struct linux_elf64_shdr *sh)
{
	struct go_head head;
	u64 bytes;

	if (sh->sh_size < sizeof(head) ||
	    !read_exactly(v->file, &head, sizeof(head), sh->sh_offset) ||
	    (head.magic != GO_MAGIC_118 && head.magic != GO_MAGIC_120) || head.pointer != 8 ||
	    head.table > sh->sh_size ||
	    !checked_mul(head.functions, sizeof(struct go_entry), &bytes))
		return;
	each_entry(v, sh->sh_offset + head.table, MIN(bytes, sh->sh_size - head.table),
		   sizeof(struct go_entry), start_of_go, head.text);
}

static void start_of_symbol(struct text_view *v, const u8 *entry, u64 base)
{
	struct linux_elf64_sym sym;

	memcpy(&sym, entry, sizeof(sym));
	if ((sym.st_info & 0xf) == LINUX_STT_FUNC && sym.st_shndx != 0)
		note_start(v, base + sym.st_value);
}

static void starts_of_section(struct text_view *v, const struct linux_elf64_shdr *sh, u64 names)
{
	char name[12];

	if (sh->sh_type == LINUX_SHT_SYMTAB || sh->sh_type == LINUX_SHT_DYNSYM) {
		each_entry(v, sh->sh_offset, sh->sh_size, sizeof(struct linux_elf64_sym),
			   start_of_symbol, 0);
		return;
	}
	if (sh->sh_type != LINUX_SHT_PROGBITS && sh->sh_type != SHT_X86_64_UNWIND)
		return;
	if (!read_exactly(v->file, name, sizeof(name), names + sh->sh_name))
		return;
	if (memcmp(name, ".eh_frame", 10) == 0)
		starts_of_frames(v, sh);
	else if (memcmp(name, ".gopclntab", 11) == 0)
		starts_of_go(v, sh);
}

static void starts_of_sections(struct text_view *v, const struct linux_elf64_ehdr *eh)
{
	struct linux_elf64_shdr sh, names;

	if (eh->e_shentsize != sizeof(sh) ||
	    !read_exactly(v->file, &names, sizeof(names),
			  eh->e_shoff + eh->e_shstrndx * sizeof(sh)))
		return;
	for (u32 i = 0; i < MIN((u32)eh->e_shnum, SHDRS_MAX); i++) {
		if (!read_exactly(v->file, &sh, sizeof(sh), eh->e_shoff + i * sizeof(sh)))
			return;
		starts_of_section(v, &sh, names.sh_offset);
	}
}

/* False: the file is no ELF file that maps the text as code. */
static bool starts_find(struct text_view *v, u64 offset)
{
	struct linux_elf64_phdr ph, unwind = { .p_filesz = 0 };
	struct linux_elf64_ehdr eh;
	bool found = false;

	if (!read_exactly(v->file, &eh, sizeof(eh), 0) ||
	    memcmp(eh.e_ident, LINUX_ELFMAG, LINUX_SELFMAG) != 0 ||
	    eh.e_ident[LINUX_EI_CLASS] != LINUX_ELFCLASS64 || eh.e_machine != LINUX_EM_X86_64 ||
	    eh.e_phentsize != sizeof(ph))
		return false;
	for (u32 i = 0; i < MIN((u32)eh.e_phnum, PHDRS_MAX); i++) {
		if (!read_exactly(v->file, &ph, sizeof(ph), eh.e_phoff + i * sizeof(ph)))
			return false;
		if (ph.p_type == LINUX_PT_GNU_EH_FRAME)
			unwind = ph;
		if (ph.p_type != LINUX_PT_LOAD || !(ph.p_flags & LINUX_PF_X) || found ||
		    ALIGN_DOWN(ph.p_offset, PAGE_SIZE) > offset ||
		    offset - ALIGN_DOWN(ph.p_offset, PAGE_SIZE) > ph.p_filesz)
			continue;
		v->vaddr = ph.p_vaddr - ph.p_offset + offset;
		found = true;
	}
	if (!found)
		return false;
	note_start(v, eh.e_entry);
	if (!starts_of_unwind(v, &unwind))
		starts_of_sections(v, &eh);
	return true;
}

/* --- from there to the sites --- */

#define INSNS_BEFORE 4u /* that are looked at */
#define SHORT_REACH 127u

struct walk {
	u64 at;
	u64 target; /* the farthest that a branch leads to */
	struct insn insns[INSNS_BEFORE]; /* the last ones, the latest first */
	bool ended;
};

/*
 * The table of unwind information begins with the byte before for what a signal handler
 * returns to, since unwinders look up the call before an address.
 */
static u64 walk_start(u64 start, const u8 *text, u32 len)
{
	static const u8 sigreturn[] = { 0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05 };

	return len - start > sizeof(sigreturn) &&
			       memcmp(text + start + 1, sigreturn, sizeof(sigreturn)) == 0 ?
		       start + 1 :
		       start;
}

/* One instruction. */
static void walk_step(struct walk *w, const u8 *text, u32 len)
{
	struct insn insn;

	if (!insn_decode(text + w->at, len - w->at, &insn)) {
		w->ended = true;
		return;
	}
	w->at += insn.len;
	if ((insn.kind == INSN_BRANCH || insn.kind == INSN_JUMP) && insn.distance > 0)
		w->target = MAX(w->target, w->at + (u64)insn.distance);
	for (u32 i = INSNS_BEFORE - 1; i > 0; i--)
		w->insns[i] = w->insns[i - 1];
	w->insns[0] = insn;
	if (insn.kind == INSN_JUMP || insn.kind == INSN_STOP)
		w->ended = w->at > w->target;
}

/* What can be run before the site's stub enters. */
static void note_before(struct code_site *site, const struct walk *w)
{
	u32 len = 0;

	for (u32 i = 0; i < INSNS_BEFORE; i++) {
		const struct insn *insn = &w->insns[i];

		len += insn->len;
		if (!insn->movable || len > SITE_BEFORE_MAX)
			return;
		if (insn->len >= SITE_JUMP_SIZE) {
			site->before = (u8)len;
			site->rip_at = insn->rip_at;
			return;
		}
		if (insn->rip_at != 0)
			return;
	}
}

/*
 * A long nop after what never goes on, up to where branches lead: padding. That its end is
 * aligned tells it from a place that is kept for patching.
 */
static void note_dead(struct code_site *site, struct walk w, const u8 *text, u32 len)
{
	static const u8 nop[] = { 0x0f, 0x1f, 0x44, 0, 0 };

	while (!w.ended && w.at < site->at + SHORT_REACH) {
		u64 at = w.at;
		bool stopped = w.insns[0].kind == INSN_JUMP || w.insns[0].kind == INSN_STOP;

		walk_step(&w, text, len);
		if (stopped && !w.ended && w.at - at == sizeof(nop) && IS_ALIGNED(w.at, 8) &&
		    memcmp(text + at, nop, sizeof(nop)) == 0) {
			site->dead = (u32)at;
			return;
		}
	}
}

void sites_prove(struct code_search *s, const struct code_file *f, u64 offset, const u8 *text,
		 u32 len)
{
	struct text_view v = { .search = s, .file = f, .text = text, .len = len };
	struct walk w = { .ended = true };
	u32 start = SITE_NO_START;

	if (!starts_find(&v, offset))
		return;
	for (u32 i = 0; i < s->count; i++) {
		struct code_site *site = &s->sites[i];

		/* A later start is nearer than what was said of sites before. */
		if (site->start != SITE_NO_START && site->start != start) {
			start = site->start;
			w = (struct walk){ .at = walk_start(start, text, len), .target = start };
		}
		site->start = start;
		while (!w.ended && w.at < site->at)
			walk_step(&w, text, len);
		site->proven = !w.ended && w.at == site->at && start != SITE_NO_START;
		if (site->proven) {
			note_before(site, &w);
			if (site->before == 0)
				note_dead(site, w, text, len);
		}
	}
}
