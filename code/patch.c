/* The calls of a copied text: where their stubs go and what becomes a jump. See patch.h. */
#include "code/patch.h"

#include "lib/atomic.h"
#include "lib/checked.h"
#include "lib/string.h"

#define SLOT_GUARD 2u  /* a short jump over the slot, where the padding began */
#define SLOT_SIZE (SLOT_GUARD + 5u)
#define CALL_SIZE 2u
#define STUB_BEGIN 7u  /* what tells a stub's site */
#define MOV_SIZE 5     /* mov $number, %eax */
#define BLOCK_SIZE 16u /* the widest store that is seen as a whole */
#define FETCH_PAUSES 100u
#define LINE_WORD 8u   /* within so many aligned bytes a store is seen as a whole */

#define SPARE_PAGES 2u /* of stubs that may lie anywhere, besides those of what is known */
#define SPAN_GAP (64 * PAGE_SIZE) /* nearer stubs are in one span */
#define SPAN_BYTES_MAX (8ull << 20)
/* Where stubs may be, from the text's start: within the room around images (mmap.c). */
#define STUB_LOWEST (-0x1f00000ll)
#define STUB_HIGHEST 0x3f00000ll

/* --- stubs --- */

s64 patch_distance(const u8 *code)
{
	s32 distance;

	memcpy(&distance, code + 1, sizeof(distance));
	return (s64)distance + PATCH_JUMP_SIZE;
}

/* lea site+2(%rip), %rcx */
static void stub_begin(u8 *code, u64 stub, u64 site)
{
	s32 distance = (s32)(s64)(site + 2 - (stub + 7));

	memcpy(code, "\x48\x8d\x0d", 3);
	memcpy(code + 3, &distance, STUB_BEGIN - 3);
}

/* movabs $entry, %r11; jmp *%r11 */
void patch_stub_make(u8 *code, u64 stub, u64 site, u64 entry)
{
	stub_begin(code, stub, site);
	memcpy(code + 7, "\x49\xbb", 2);
	memcpy(code + 9, &entry, 8);
	memcpy(code + 17, "\x41\xff\xe3", 3);
}

/* jmp *at(%rip); and int3, since no stub ends with zero */
static void stub_make_by_place(u8 *code, u64 stub, u64 site, s64 at)
{
	s32 distance = (s32)(at - (s64)(stub + 13));

	stub_begin(code, stub, site);
	memcpy(code + 7, "\xff\x25", 2);
	memcpy(code + 9, &distance, 4);
	memset(code + 13, 0xcc, PATCH_STUB_SIZE - 13);
}

static u8 *stub_bytes(const struct patch *p, s64 stub)
{
	for (u32 i = 0; i < p->span_count; i++) {
		const struct patch_span *s = &p->spans[i];

		if (stub >= s->start && stub + PATCH_STUB_SIZE <= s->end)
			return s->bytes + (stub - s->start);
	}
	return NULL;
}

static void stub_make(const struct patch *p, s64 stub, u32 site)
{
	u8 *code = stub_bytes(p, stub);

	if (p->entry != 0)
		patch_stub_make(code, (u64)stub, site, p->entry);
	else
		stub_make_by_place(code, (u64)stub, site, p->entry_at);
}

/* Is there nothing yet where the stub is to be? The pages were zero; no stub begins or ends so. */
static bool stub_free(const struct patch *p, s64 stub, u32 before)
{
	const u8 *bytes = stub_bytes(p, stub);

	for (u32 i = 0; bytes != NULL && i < before + PATCH_STUB_SIZE; i++)
		if ((bytes - before)[i] != 0)
			return false;
	return bytes != NULL;
}

/* --- ways --- */

/* Is there a call that has become `e9 05 ..`? The stub that it leads to says so. */
static bool is_jump(const struct patch *p, u32 at)
{
	const u8 *code = p->bytes + at, *bytes;
	u8 begin[STUB_BEGIN];

	if (at + PATCH_JUMP_SIZE > p->len || code[0] != 0xe9 || code[1] != 0x05)
		return false;
	s64 stub = (s64)at + patch_distance(code);

	stub_begin(begin, (u64)stub, at);
	bytes = stub_bytes(p, stub);
	return bytes != NULL && memcmp(bytes, begin, sizeof(begin)) == 0;
}

/* Is one of the bytes in [from, to) part of such a jump? Its distance must stay what it is. */
static bool jump_has(const struct patch *p, u32 from, u32 to)
{
	for (u32 at = from - MIN(from, PATCH_JUMP_SIZE - 1); at < to; at++)
		if (is_jump(p, at))
			return true;
	return false;
}

/* The stub lies where the jump that the call becomes leads. */
static bool site_by_jump(struct patch *p, struct patch_site *s)
{
	u8 *code = p->bytes + s->at;
	s64 stub = (s64)s->at + patch_distance(code);

	if (!stub_free(p, stub, 0) || jump_has(p, s->at, s->at + 1))
		return false;
	stub_make(p, stub, s->at);
	s->stub = stub;
	s->done = true;
	__atomic_store_n(code, 0xe9, __ATOMIC_SEQ_CST);
	return true;
}

/* The length of the long nop that begins at code, as compilers pad with; 0: none of those. */
static u32 padding_length(const u8 *code, u64 room)
{
	static const u8 nop8[] = { 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0 };
	static const u8 nop7[] = { 0x0f, 0x1f, 0x80, 0, 0, 0, 0 };
	u32 prefixes = 0;

	while (prefixes < 6 && prefixes < room && code[prefixes] == 0x66)
		prefixes++;
	if (prefixes < room && code[prefixes] == 0x2e)
		prefixes++;
	if (room - prefixes >= sizeof(nop8) && memcmp(code + prefixes, nop8, sizeof(nop8)) == 0)
		return prefixes + (u32)sizeof(nop8);
	if (room - prefixes >= sizeof(nop7) && memcmp(code + prefixes, nop7, sizeof(nop7)) == 0)
		return prefixes + (u32)sizeof(nop7);
	return 0;
}

/* Padding with room for a jump that a short jump at the call reaches; *ret_len: all of it. */
static u32 slot_find(const struct patch *p, u32 at, u32 *ret_len)
{
	const u8 *text = p->bytes;
	u64 from = at > 126 ? at - 126 : 1, to = MIN((u64)at + 2 + 127, p->len);

	for (u64 i = from; i + SLOT_GUARD < to; i++) {
		u32 len = padding_length(text + i, p->len - i);

		if (len >= SLOT_SIZE && i % LINE_WORD != LINE_WORD - 1 &&
		    i / PAGE_SIZE == (i + len - 1) / PAGE_SIZE) {
			*ret_len = len;
			return (u32)i;
		}
	}
	return 0;
}

/* Room for a stub anywhere, with so many bytes before it. */
static s64 spare_take(struct patch *p, u32 before)
{
	while (p->spare + before + PATCH_STUB_SIZE <= p->spare_end) {
		s64 stub = p->spare + before;

		p->spare = stub + PATCH_STUB_SIZE;
		if (stub_free(p, stub, before))
			return stub;
	}
	return 0;
}

/*
 * The call becomes a short jump to a jump in the padding next to it. Who runs into the padding
 * jumps over that: the short jump there is stored first, and what it jumps over is not run.
 */
static bool site_by_padding(struct patch *p, struct patch_site *s)
{
	u8 *text = p->bytes;
	/* Nobody runs the copy yet when its calls are rewritten first. */
	bool whole = !p->live || s->at % LINE_WORD != LINE_WORD - 1;
	bool own = !jump_has(p, s->at, s->at + CALL_SIZE);
	u32 len = 0, pad = whole && own ? slot_find(p, s->at, &len) : 0;
	s64 stub = pad != 0 ? spare_take(p, 0) : 0;

	if (stub == 0)
		return false;
	u32 slot = pad + SLOT_GUARD;
	s32 distance = (s32)(stub - (slot + 5));
	u16 guard = (u16)(0xeb | (len - 2) << 8);
	u16 jump = (u16)(0xeb | (u32)(u8)(slot - (s->at + 2)) << 8);

	stub_make(p, stub, s->at);
	__atomic_store_n((u16 *)(text + pad), guard, __ATOMIC_SEQ_CST);
	text[slot] = 0xe9;
	memcpy(text + slot + 1, &distance, sizeof(distance));
	s->stub = stub;
	s->slot = slot;
	s->done = true;
	__atomic_store_n((u16 *)(text + s->at), jump, __ATOMIC_SEQ_CST);
	return true;
}

/*
 * Do the bytes before the call load its number, as an instruction of their own? That the
 * call was made with just this number says so, unless they end a longer instruction, which
 * has a prefix, or takes an address and a value.
 */
static bool mov_before(const u8 *text, const struct patch_site *s)
{
	static const u8 apart[] = { 2, 3, 5, 6 };
	const u8 *mov = text + s->at - MOV_SIZE;
	u32 value;

	if (s->at < 16 || mov[0] != 0xb8)
		return false;
	memcpy(&value, mov + 1, sizeof(value));
	if (value != s->nr || (mov[-1] & 0xf0) == 0x40 || mov[-1] == 0x0f || mov[-1] == 0x66)
		return false;
	for (u32 i = 0; i < ARRAY_SIZE(apart); i++) {
		u8 op = mov[-(int)apart[i]];

		if (op == 0xc7 || op == 0x81 || op == 0x69 || op == 0xf7)
			return false;
	}
	return true;
}

/* Replace SITE_JUMP_SIZE bytes within an aligned block, which no CPU sees half done. */
static void store_in_block(u8 *at, const u8 *bytes)
{
	u8 *block = (u8 *)ALIGN_DOWN((u64)at, BLOCK_SIZE), wanted[BLOCK_SIZE];
	u64 old[2], new[2];
	bool done;

	do {
		memcpy(old, block, sizeof(old));
		memcpy(wanted, old, sizeof(old));
		memcpy(wanted + (at - block), bytes, SITE_JUMP_SIZE);
		memcpy(new, wanted, sizeof(new));
		__asm__ volatile("lock cmpxchg16b %1"
				 : "=@ccz"(done), "+m"(*(u8(*)[BLOCK_SIZE])block), "+a"(old[0]),
				   "+d"(old[1])
				 : "b"(new[0]), "c"(new[1])
				 : "memory");
	} while (!done);
}

/*
 * The same where they are not in one block: behind a breakpoint, with time for what CPUs have
 * begun to fetch to be done with. Who runs into it waits for our lock: see text_breakpoint().
 */
static void store_apart(u8 *at, const u8 *bytes)
{
	__atomic_store_n(at, 0xcc, __ATOMIC_SEQ_CST);
	for (u32 i = 0; i < FETCH_PAUSES; i++)
		cpu_relax();
	memcpy(at + 1, bytes + 1, SITE_JUMP_SIZE - 1);
	for (u32 i = 0; i < FETCH_PAUSES; i++)
		cpu_relax();
	__atomic_store_n(at, bytes[0], __ATOMIC_SEQ_CST);
}

/* The call becomes a short jump to a jump in padding that nothing else leads to. */
static bool site_by_dead(struct patch *p, struct patch_site *s)
{
	static const u8 nop[] = { 0x0f, 0x1f, 0x44, 0, 0 };
	u8 *text = p->bytes;
	s64 stub;

	/* Another call may have it by now, and whoever runs the text must see all of the jump. */
	if (p->live || s->dead == 0 || memcmp(text + s->dead, nop, sizeof(nop)) != 0 ||
	    jump_has(p, s->at, s->at + CALL_SIZE))
		return false;
	stub = spare_take(p, 0);
	if (stub == 0)
		return false;
	s32 distance = (s32)(stub - (s->dead + SITE_JUMP_SIZE));

	stub_make(p, stub, s->at);
	text[s->dead] = 0xe9;
	memcpy(text + s->dead + 1, &distance, sizeof(distance));
	text[s->at + 1] = (u8)(s->dead - (s->at + 2));
	text[s->at] = 0xeb;
	s->stub = stub;
	s->slot = s->dead;
	s->done = true;
	return true;
}

/*
 * The instructions before, mostly what loads the number, move to a stub that runs them and
 * enters, and the first becomes a jump to it. The call and the others stay as they are: who is
 * between them, or jumps there, traps.
 */
static bool site_by_before(struct patch *p, struct patch_site *s)
{
	u8 *text = p->bytes, jump[SITE_JUMP_SIZE] = { 0xe9 };
	u32 len = s->before != 0 ? s->before : mov_before(text, s) ? MOV_SIZE : 0;
	u32 at = s->at - len;
	bool own = len != 0 && !jump_has(p, at, at + SITE_JUMP_SIZE);
	s64 stub = own ? spare_take(p, len) : 0;

	if (stub == 0)
		return false;
	s32 distance = (s32)(stub - len - (at + SITE_JUMP_SIZE)), rip = 0;
	u8 *bytes = stub_bytes(p, stub);

	if (s->rip_at != 0) {
		memcpy(&rip, text + at + s->rip_at, sizeof(rip));
		if (!checked_add((s64)rip, (s64)at - (stub - len), &rip))
			return false;
	}
	memcpy(bytes - len, text + at, len);
	if (s->rip_at != 0)
		memcpy(bytes - len + s->rip_at, &rip, sizeof(rip));
	stub_make(p, stub, s->at);
	memcpy(jump + 1, &distance, sizeof(distance));
	s->stub = stub;
	s->before = (u8)len;
	s->moved = s->done = true;
	if (!p->live)
		memcpy(text + at, jump, sizeof(jump));
	else if (at / BLOCK_SIZE == (at + SITE_JUMP_SIZE - 1) / BLOCK_SIZE)
		store_in_block(text + at, jump);
	else
		store_apart(text + at, jump);
	return true;
}

void patch_site(struct patch *p, struct patch_site *s)
{
	const u8 *code = p->bytes + s->at;

	if (s->done || s->at + PATCH_JUMP_SIZE > p->len || code[0] != 0x0f || code[1] != 0x05)
		return;
	/* In order of the room that they take; what is run already changes by a byte if it can. */
	if (p->live)
		s->done = site_by_jump(p, s) || site_by_padding(p, s) || site_by_before(p, s);
	else
		s->done = (s->before != 0 && site_by_before(p, s)) || site_by_dead(p, s) ||
			  site_by_padding(p, s) || site_by_jump(p, s) || site_by_before(p, s);
}

/* --- where stubs can be --- */

static void span_note(struct patch *p, s64 stub)
{
	s64 start = (s64)ALIGN_DOWN((u64)stub, PAGE_SIZE);
	s64 end = (s64)ALIGN_UP((u64)stub + PATCH_STUB_SIZE, PAGE_SIZE);
	struct patch_span *s;

	for (u32 i = 0; i < p->span_count; i++) {
		s = &p->spans[i];
		if (start > s->end + (s64)SPAN_GAP || end < s->start - (s64)SPAN_GAP)
			continue;
		if (MAX(end, s->end) - MIN(start, s->start) > (s64)SPAN_BYTES_MAX)
			continue;
		s->start = MIN(start, s->start);
		s->end = MAX(end, s->end);
		s->calls++;
		return;
	}
	if (p->span_count == PATCH_SPANS_MAX)
		return;
	p->spans[p->span_count++] = (struct patch_span){ .start = start, .end = end, .calls = 1 };
}

/* Spans that have grown into each other or into the text, or whose place is taken. */
static void spans_drop(struct patch *p, patch_room_fn *room, void *arg)
{
	u32 kept = 0;

	for (u32 i = 0; i < p->span_count; i++) {
		const struct patch_span *s = &p->spans[i];
		bool clear = (s->start >= (s64)p->len || s->end <= 0) && room(arg, s);

		for (u32 j = 0; j < kept; j++)
			clear = clear && (s->start >= p->spans[j].end ||
					  s->end <= p->spans[j].start);
		if (clear)
			p->spans[kept++] = *s;
	}
	p->span_count = kept;
}

/* Room for further stubs after the span that has most of them. */
static void spare_choose(struct patch *p, u32 calls, patch_room_fn *room, void *arg)
{
	u64 size = ALIGN_UP(calls * (SITE_BEFORE_MAX + PATCH_STUB_SIZE), PAGE_SIZE);
	struct patch_span *most = &p->spans[0], more;

	for (u32 i = 1; i < p->span_count; i++)
		if (p->spans[i].calls > most->calls)
			most = &p->spans[i];
	more = *most;
	more.start = most->end;
	more.end = most->end + (s64)(size + SPARE_PAGES * PAGE_SIZE);
	for (u32 i = 0; i < p->span_count; i++)
		if (more.start < p->spans[i].end && p->spans[i].start < more.end)
			return;
	if (p->span_count == 0 || (more.start < (s64)p->len && more.end > 0) ||
	    !room(arg, &more))
		return;
	p->spare = more.start;
	p->spare_end = most->end = more.end;
}

/* all: also for calls that are served otherwise. */
static void spans_note(struct patch *p, const struct code_search *found, bool all)
{
	const u8 *code = p->bytes;

	for (u32 i = 0; i < found->count; i++) {
		const struct code_site *c = &found->sites[i];
		s64 stub;

		if ((!all && (c->before != 0 || c->dead != 0)) ||
		    c->at + PATCH_JUMP_SIZE > p->len)
			continue;
		stub = (s64)c->at + patch_distance(code + c->at);
		if (stub >= STUB_LOWEST && stub < STUB_HIGHEST)
			span_note(p, stub);
	}
}

/* Where could stubs be needed? What looks like a call but is none costs only room. */
void patch_spans_choose(struct patch *p, const struct code_search *found, patch_room_fn *room,
			void *arg)
{
	spans_note(p, found, false);
	spans_drop(p, room, arg);
	if (p->span_count == 0) {
		spans_note(p, found, true);
		spans_drop(p, room, arg);
	}
	spare_choose(p, found->count, room, arg);
}

/* Behind the spare stubs first, since they are most. */
bool patch_entry_choose(struct patch *p, patch_room_fn *room, void *arg)
{
	for (u32 i = 0; i < 2 * p->span_count; i++) {
		const struct patch_span *s = &p->spans[i % p->span_count];
		struct patch_span page = { .start = s->end, .end = s->end + (s64)PAGE_SIZE };
		bool free;

		if (i < p->span_count && s->end != p->spare_end)
			continue;
		free = page.start >= (s64)p->len || page.end <= 0;
		for (u32 j = 0; j < p->span_count; j++)
			free = free && (page.end <= p->spans[j].start ||
					page.start >= p->spans[j].end);
		if (free && room(arg, &page)) {
			p->entry_at = page.start;
			return true;
		}
	}
	return false;
}

/* --- back --- */

bool patch_site_has(const struct patch_site *s, s64 place, s64 *ret)
{
	if (!s->done)
		return false;
	if ((place >= s->stub && place < s->stub + PATCH_STUB_SIZE) ||
	    (s->slot != 0 && place == s->slot))
		*ret = s->at;
	else if (s->moved && place < s->stub && s->stub - place <= s->before)
		*ret = place - s->stub + s->at;
	else
		return false;
	return true;
}
