/* Basic types shared by every part of nacre. Freestanding: includes only compiler headers. */
#ifndef NACRE_LIB_TYPES_H
#define NACRE_LIB_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

/*
 * An address in guest memory. Always an integer: only kernel/mm/uaccess.c (and the few
 * callers that hand a checked range straight to the host) turn it into a pointer.
 */
typedef u64 uaddr_t;

#define static_assert _Static_assert

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))

/* The arguments are evaluated once; n makes the names of nested uses differ. */
#define MIN_(a, b, n)                                                             \
	({                                                                        \
		__typeof__(a) CAT(min_a_, n) = (a);                               \
		__typeof__(b) CAT(min_b_, n) = (b);                               \
		CAT(min_a_, n) < CAT(min_b_, n) ? CAT(min_a_, n) : CAT(min_b_, n); \
	})
#define MAX_(a, b, n)                                                             \
	({                                                                        \
		__typeof__(a) CAT(max_a_, n) = (a);                               \
		__typeof__(b) CAT(max_b_, n) = (b);                               \
		CAT(max_a_, n) > CAT(max_b_, n) ? CAT(max_a_, n) : CAT(max_b_, n); \
	})
#define MIN(a, b) MIN_(a, b, __COUNTER__)
#define MAX(a, b) MAX_(a, b, __COUNTER__)

#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a) - 1))
#define ALIGN_UP(x, a) ALIGN_DOWN((x) + ((__typeof__(x))(a) - 1), a)
#define IS_ALIGNED(x, a) (((x) & ((__typeof__(x))(a) - 1)) == 0)

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096ul
#define PAGE_MASK (~(PAGE_SIZE - 1))

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define MUST_USE __attribute__((warn_unused_result))
#define NORETURN __attribute__((noreturn))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define PACKED __attribute__((packed))
#define ALIGNED(n) __attribute__((aligned(n)))
/*
 * For the few variables that every process's start or end writes: they are kept together,
 * because the first write to a page costs a forked process a copy of it. Zero-filled.
 */
#define PER_PROCESS __attribute__((section(".bss.process")))
/*
 * For the few tables that every process's end reads: with the relocated constants, which fork
 * copies, they need no fault of their own.
 */
#define COPIED_CONST __attribute__((section(".data.rel.ro.first")))
#define UNUSED __attribute__((unused))
#define HIDDEN __attribute__((visibility("hidden")))

#define CAT_(a, b) a##b
#define CAT(a, b) CAT_(a, b)
#define STR_(x) #x
#define STR(x) STR_(x)

#endif
