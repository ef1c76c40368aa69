/*
 * raw.h - for tests without a C library (//build: bare): _start, calls, output.
 *
 * _start hands the initial stack pointer to raw_main(); its result is the exit status.
 * A test with RAW_OWN_START defined brings its own.
 */
#ifndef TEST_RAW_H
#define TEST_RAW_H

#include <asm/unistd.h>
#include <stddef.h>
#include <stdint.h>

int raw_main(unsigned long *stack);

#ifndef RAW_OWN_START
__asm__(".text\n"
	".globl _start\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call raw_main\n"
	"	mov %eax, %edi\n"
	"	mov $231, %eax\n"
	"	syscall\n"
	"	hlt\n");
#endif

static inline long raw_call(long nr, long a, long b, long c, long d, long e, long f)
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

#define raw0(nr) raw_call(nr, 0, 0, 0, 0, 0, 0)
#define raw1(nr, a) raw_call(nr, (long)(a), 0, 0, 0, 0, 0)
#define raw2(nr, a, b) raw_call(nr, (long)(a), (long)(b), 0, 0, 0, 0)
#define raw3(nr, a, b, c) raw_call(nr, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define raw4(nr, a, b, c, d) \
	raw_call(nr, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

static inline void raw_print(const char *text)
{
	size_t len = 0;

	while (text[len] != '\0')
		len++;
	raw3(__NR_write, 2, text, len);
}

static inline void raw_print_number(unsigned long n)
{
	char text[24], *p = text + sizeof(text) - 1;

	*p = '\0';
	do
		*--p = (char)('0' + n % 10);
	while ((n /= 10) != 0);
	raw_print(p);
}

#define RAW_CHECK(expr)                                         \
	do {                                                    \
		if (!(expr)) {                                  \
			raw_print("line ");                     \
			raw_print_number(__LINE__);             \
			raw_print(": failed: " #expr "\n");     \
			raw1(__NR_exit_group, 1);               \
		}                                               \
	} while (0)

#endif
