/*
 * Text eight bytes at a time. A word's first byte is its lowest. What looks for bytes answers
 * with marks: the lowest bit that is set is the top bit of the first byte found, and what is
 * set above it means nothing; 0: there is none.
 */
#ifndef NACRE_LIB_WORD_H
#define NACRE_LIB_WORD_H

#include "lib/types.h"

#define WORD_EACH(byte) (0x0101010101010101ull * (u8)(byte))

/* Eight bytes at any address, of any declared type. */
typedef u64 __attribute__((aligned(1), may_alias)) u64_unaligned;

static inline u64 word_load(const void *p)
{
	return *(const u64_unaligned *)p;
}

static inline void word_store(void *p, u64 word)
{
	*(u64_unaligned *)p = word;
}

static inline u64 word_find_zero(u64 w)
{
	return (w - WORD_EACH(1)) & ~w & WORD_EACH(0x80);
}

static inline u64 word_find(u64 w, char byte)
{
	return word_find_zero(w ^ WORD_EACH(byte));
}

/* How many bytes are before the first one found. */
static inline u32 word_count_before(u64 marks)
{
	return (u32)__builtin_ctzll(marks) / 8;
}

/* All bits of these. */
static inline u64 word_mask_before(u64 marks)
{
	return ((marks & -marks) >> 7) - 1;
}

/* All bits of the first n bytes, n below 8. */
static inline u64 word_mask(size_t n)
{
	return ((u64)1 << (8 * n)) - 1;
}

/*
 * The same of memory that may have been freed, by who finds out afterwards: in assembly, because
 * a sanitizer would object.
 */
static inline u64 word_load_late(const void *p)
{
	u64 w;

	__asm__("movq %1, %0" : "=r"(w) : "m"(*(const u64_unaligned *)p));
	return w;
}

static inline u8 byte_load_late(const void *p)
{
	u32 byte;

	__asm__("movzbl %1, %0" : "=r"(byte) : "m"(*(const u8 *)p));
	return (u8)byte;
}

/*
 * Eight bytes of a terminated string of which at least one is left: what follows its end is
 * anything, and is read only where it is in the same page. As late as above.
 */
static inline u64 word_load_str(const char *s)
{
	u64 w = 0;

	if (likely(((u64)s & (PAGE_SIZE - 1)) <= PAGE_SIZE - sizeof(w)))
		return word_load_late(s);
	for (u32 n = 0; n < sizeof(w); n++) {
		u8 byte = byte_load_late(s + n);

		w |= (u64)byte << (8 * n);
		if (byte == 0)
			break;
	}
	return w;
}

#endif
