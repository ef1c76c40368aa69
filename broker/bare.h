/*
 * For code that runs before the libc is ready, or beside it: the host's calls, without errno.
 * Such code uses no relocated pointers, no stack protector, no functions that are not of its kind
 * and no loops that the compiler makes calls of the libc of.
 */
#ifndef NACRE_BROKER_BARE_H
#define NACRE_BROKER_BARE_H

#include <linux/futex.h>
#include <sys/syscall.h>

#include "lib/types.h"

#define BEFORE_LIBC __attribute__((no_stack_protector, used, noinline))

static inline long call(long nr, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = 0;
	long r = nr;

	__asm__ volatile("syscall"
			 : "+a"(r)
			 : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return r;
}

static inline bool same(const char *a, const char *b)
{
	while (*a != 0 && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

#endif
