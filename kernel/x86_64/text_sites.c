/*
 * The calls of a shared text: where their stubs go and what becomes a jump. See text.h.
 *
 * The texts' lock is held in all of this.
 */
#include "kernel/x86_64/text_internal.h"

#include "code/sites.h"
#include "kernel/x86_64/rewrite.h"
#include "lib/checked.h"
#include "lib/string.h"

#define SLOT_GUARD 2u  /* a short jump over the slot, where the padding began */
#define SLOT_SIZE (SLOT_GUARD + 5u)
#define MOV_SIZE 5     /* mov $number, %eax */
#define BLOCK_SIZE 16u /* the widest store that is seen as a whole */
#define FETCH_PAUSES 100u
#define LINE_WORD 8u   /* within so many aligned bytes a store is seen as a whole */

static u8 *stub_bytes(const struct text *x, s64 stub)
{
	for (u32 i = 0; i < x->span_count; i++) {
		const struct span *s = &x->spans[i];

		if (stub >= s->start && stub + REWRITE_STUB_SIZE <= s->end)
			return (u8 *)pool_ptr(s->page) + (stub - s->start);
	}
	return NULL;
}

/* Is there nothing yet where the stub is to be? The pages were zero; no stub begins or ends so. */
static bool stub_free(const struct text *x, s64 stub, u32 before)
{
	const u8 *bytes = stub_bytes(x, stub);

	for (u32 i = 0; bytes != NULL && i < before + REWRITE_STUB_SIZE; i++)
		if ((bytes - before)[i] != 0)
			return false;
	return bytes != NULL;
}

/* The stub lies where the jump that the call becomes leads. */
static bool site_by_jump(struct text *x, struct site *s)
{
	u8 *code = text_bytes(x) + s->at, *bytes;
	s64 stub = (s64)s->at + rewrite_distance(code);

	if (!stub_free(x, stub, 0))
		return false;
	bytes = stub_bytes(x, stub);
	rewrite_stub_make(bytes, (uaddr_t)stub, s->at);
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
static u32 slot_find(const struct text *x, u32 at, u32 *ret_len)
{
	const u8 *text = text_bytes(x);
	u64 from = at > 126 ? at - 126 : 1, to = MIN((u64)at + 2 + 127, x->len);

	for (u64 i = from; i + SLOT_GUARD < to; i++) {
		u32 len = padding_length(text + i, x->len - i);

		if (len >= SLOT_SIZE && i % LINE_WORD != LINE_WORD - 1 &&
		    i / PAGE_SIZE == (i + len - 1) / PAGE_SIZE) {
			*ret_len = len;
			return (u32)i;
		}
	}
	return 0;
}

/* Room for a stub anywhere, with so many bytes before it. */
static s64 spare_take(struct text *x, u32 before)
{
	while (x->spare + before + REWRITE_STUB_SIZE <= x->spare_end) {
		s64 stub = x->spare + before;

		x->spare = stub + REWRITE_STUB_SIZE;
		if (stub_free(x, stub, before))
			return stub;
	}
	return 0;
}

/*
 * The call becomes a short jump to a jump in the padding next to it. Who runs into the padding
 * jumps over that: the short jump there is stored first, and what it jumps over is not run.
 */
static bool site_by_padding(struct text *x, struct site *s)
{
	u8 *text = text_bytes(x);
	/* Nobody runs the copy yet when its calls are rewritten first. */
	bool whole = !x->copied || s->at % LINE_WORD != LINE_WORD - 1;
	u32 len = 0, pad = whole ? slot_find(x, s->at, &len) : 0;
	s64 stub = pad != 0 ? spare_take(x, 0) : 0;

	if (stub == 0)
		return false;
	u32 slot = pad + SLOT_GUARD;
	s32 distance = (s32)(stub - (slot + 5));
	u16 guard = (u16)(0xeb | (len - 2) << 8);
	u16 jump = (u16)(0xeb | (u32)(u8)(slot - (s->at + 2)) << 8);

	rewrite_stub_make(stub_bytes(x, stub), (uaddr_t)stub, s->at);
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
static bool mov_before(const u8 *text, const struct site *s)
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
static bool site_by_dead(struct text *x, struct site *s)
{
	static const u8 nop[] = { 0x0f, 0x1f, 0x44, 0, 0 };
	u8 *text = text_bytes(x);
	s64 stub;

	/* Another call may have it by now, and whoever runs the text must see all of the jump. */
	if (x->copied || s->dead == 0 || memcmp(text + s->dead, nop, sizeof(nop)) != 0)
		return false;
	stub = spare_take(x, 0);
	if (stub == 0)
		return false;
	s32 distance = (s32)(stub - (s->dead + SITE_JUMP_SIZE));

	rewrite_stub_make(stub_bytes(x, stub), (uaddr_t)stub, s->at);
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
static bool site_by_before(struct text *x, struct site *s)
{
	u8 *text = text_bytes(x), jump[SITE_JUMP_SIZE] = { 0xe9 };
	u32 len = s->before != 0 ? s->before : mov_before(text, s) ? MOV_SIZE : 0;
	s64 stub = len != 0 ? spare_take(x, len) : 0;

	if (stub == 0)
		return false;
	u32 at = s->at - len;
	s32 distance = (s32)(stub - len - (at + SITE_JUMP_SIZE)), rip;
	u8 *bytes = stub_bytes(x, stub);

	if (s->rip_at != 0) {
		memcpy(&rip, text + at + s->rip_at, sizeof(rip));
		if (!checked_add((s64)rip, (s64)at - (stub - len), &rip))
			return false;
	}
	memcpy(bytes - len, text + at, len);
	if (s->rip_at != 0)
		memcpy(bytes - len + s->rip_at, &rip, sizeof(rip));
	rewrite_stub_make(bytes, (uaddr_t)stub, s->at);
	memcpy(jump + 1, &distance, sizeof(distance));
	s->stub = stub;
	s->before = (u8)len;
	s->moved = s->done = true;
	if (!x->copied)
		memcpy(text + at, jump, sizeof(jump));
	else if (at / BLOCK_SIZE == (at + SITE_JUMP_SIZE - 1) / BLOCK_SIZE)
		store_in_block(text + at, jump);
	else
		store_apart(text + at, jump);
	return true;
}

void text_site_rewrite(struct text *x, struct site *s)
{
	const u8 *code = text_bytes(x) + s->at;

	if (s->done || s->at + REWRITE_SITE_SIZE > x->len || code[0] != 0x0f || code[1] != 0x05)
		return;
	/* In order of the room that they take; what is run already changes by a byte if it can. */
	if (x->copied)
		s->done = site_by_jump(x, s) || site_by_padding(x, s) || site_by_before(x, s);
	else
		s->done = (s->before != 0 && site_by_before(x, s)) || site_by_dead(x, s) ||
			  site_by_padding(x, s) || site_by_jump(x, s) || site_by_before(x, s);
}
