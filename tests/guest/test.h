/*
 * test.h - what every guest test uses.
 *
 * A test is an ordinary program: it returns TEST_RESULT, 0 when no check failed, or
 * calls skip(). Output must be the same natively and under nacre: no pids, no
 * addresses, no times.
 */
#ifndef TEST_H
#define TEST_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int test_failures __attribute__((unused));

#define TEST_RESULT (test_failures ? 1 : 0)

#define test_fail(...)                                                       \
	do {                                                                 \
		dprintf(2, "%s:%d: ", strrchr("/" __FILE__, '/') + 1, __LINE__); \
		dprintf(2, __VA_ARGS__);                                     \
		dprintf(2, "\n");                                            \
		if (++test_failures >= 20)                                   \
			_exit(1);                                            \
	} while (0)

/* The check fails, the test goes on. */
#define CHECK(expr)                                                          \
	do {                                                                 \
		if (!(expr))                                                 \
			test_fail("failed: %s", #expr);                      \
	} while (0)

#define CHECK_EQ(have, want)                                                 \
	do {                                                                 \
		long long have_ = (long long)(have), want_ = (long long)(want); \
		if (have_ != want_)                                          \
			test_fail("%s is %lld (%#llx), not %s = %lld", #have, have_, \
				  have_, #want, want_);                      \
	} while (0)

/* A libc call that must fail with this errno. */
#define CHECK_ERR(expr, error)                                               \
	do {                                                                 \
		long long got_;                                              \
		errno = 0;                                                   \
		got_ = (long long)(expr);                                    \
		if (got_ != -1 || errno != (error))                          \
			test_fail("%s is %lld, errno %d (%s), not %s", #expr, got_, \
				  errno, strerror(errno), #error);           \
	} while (0)

/* Without it the rest makes no sense: ends the test. */
#define REQUIRE(expr)                                                        \
	do {                                                                 \
		if (!(expr)) {                                               \
			test_fail("required: %s (errno %d, %s)", #expr, errno, \
				  strerror(errno));                          \
			_exit(1);                                            \
		}                                                            \
	} while (0)

static inline void __attribute__((noreturn, unused)) skip(const char *why)
{
	dprintf(1, "%s\n", why);
	_exit(77);
}

/* The raw call: the kernel's own result, -errno on error. Touches no errno. */
static inline long sys6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

#define sys0(nr) sys6(nr, 0, 0, 0, 0, 0, 0)
#define sys1(nr, a) sys6(nr, (long)(a), 0, 0, 0, 0, 0)
#define sys2(nr, a, b) sys6(nr, (long)(a), (long)(b), 0, 0, 0, 0)
#define sys3(nr, a, b, c) sys6(nr, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define sys4(nr, a, b, c, d) sys6(nr, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define sys5(nr, a, b, c, d, e) \
	sys6(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)

#define PAGE 4096UL

/* Addresses no program has: in the first page, and above the user half. */
#define BAD_LOW ((void *)8)
#define BAD_HIGH ((void *)0xffff800000001000)
/* The last page of the user half is never mapped (vsyscall apart). */
#define BAD_EDGE ((void *)0x7ffffffff000)

#endif
