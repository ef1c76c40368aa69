/* vectors.h - a call with chosen vector registers, written as one asm statement. */
#ifndef TEST_VECTORS_H
#define TEST_VECTORS_H

#include "../calls.h"
#include <cpuid.h>

static inline uint64_t enabled_state(void)
{
	uint32_t a, b, c, d, low, high;

	__cpuid(1, a, b, c, d);
	if (!(c & (1U << 27)))
		return 3;
	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low | (uint64_t)high << 32;
}

#define STATE_AVX 0x6UL
#define STATE_AVX512 0xe6UL

/* `load` and `store` address memory through %[in] and %[out]. */
#define CALL_BETWEEN(load, store, in_, out_, call, ...)                           \
	do {                                                                      \
		register long r10_ __asm__("r10") = (call)->d;                    \
		register long r8_ __asm__("r8") = (call)->e;                      \
		register long r9_ __asm__("r9") = (call)->f;                      \
		long ret_;                                                        \
		__asm__ volatile(load "\n\tsyscall\n\t" store                     \
				 : "=a"(ret_)                                     \
				 : "a"((call)->nr), "D"((call)->a), "S"((call)->b), \
				   "d"((call)->c), "r"(r10_), "r"(r8_), "r"(r9_), \
				   [in] "b"(in_), [out] "r"(out_)                 \
				 : "rcx", "r11", "memory", ##__VA_ARGS__);        \
	} while (0)

static inline void fill_pattern(unsigned char *bytes, size_t count, unsigned seed)
{
	for (size_t i = 0; i < count; i++)
		bytes[i] = (unsigned char)(i * 7 + seed * 31 + (i >> 6) + 1);
}

#endif
