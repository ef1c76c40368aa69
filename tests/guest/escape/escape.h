/*
 * escape.h - calls the host directly, through a syscall instruction of the kernel that
 * shares our address space. The jail alone must make every such call worthless.
 *
 * NACRE_TEST_KERNEL_SYSCALL overrides the search: a hexadecimal address of a syscall
 * instruction that is followed by ret, or "self", which uses one of our own and proves
 * that the attack would work without a jail.
 *
 * An attack prints ESCAPED when it got anything; the runner also looks after a canary
 * directory and process that are named in the environment.
 */
#ifndef TEST_ESCAPE_H
#define TEST_ESCAPE_H

#include "../test.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <time.h>

enum { MIB = 1 << 20 };

/* Where the kernel may live. */
static const uintptr_t kernel_low = 0x7e8000000000, kernel_high = 0x7ea000000000;

static sigjmp_buf probe_back;

static void probe_failed(int sig)
{
	(void)sig;
	siglongjmp(probe_back, 1);
}

static bool readable(uintptr_t at)
{
	if (sigsetjmp(probe_back, 1))
		return false;
	(void)*(volatile unsigned char *)at;
	return true;
}

/* The first `syscall` of the readable pages from `at` on, preferably with a ret near. */
static uintptr_t scan_pages(uintptr_t at, uintptr_t end)
{
	volatile uintptr_t any = 0, page = at & ~(PAGE - 1);

	for (; page < end && readable(page) && readable(page + PAGE - 1); page += PAGE) {
		const unsigned char *p = (const unsigned char *)page;

		for (size_t i = 0; i + 16 < PAGE; i++) {
			if (p[i] != 0x0f || p[i + 1] != 0x05)
				continue;
			if (p[i + 2] == 0xc3)
				return page + i;
			if (any == 0)
				any = page + i;
		}
	}
	return any;
}

/* Around an address that lies in the kernel. */
static uintptr_t scan_around(uintptr_t at)
{
	uintptr_t found;

	for (uintptr_t base = at - 2 * MIB; base < at + 2 * MIB; base += PAGE) {
		if (!readable(base))
			continue;
		found = scan_pages(base, at + 2 * MIB);
		if (found)
			return found;
	}
	return 0;
}

/* Pointers into the kernel that its per-thread data, reachable by %gs or %fs, holds. */
static uintptr_t scan_thread_pointer(uintptr_t base)
{
	if (base == 0)
		return 0;
	/* The first of them: a heap full of pointers would keep us for ever. */
	for (uintptr_t at = base; at < base + 64 * 8; at += 8) {
		uintptr_t value, found;

		if (!readable(at))
			return 0;
		value = *(volatile uintptr_t *)at;
		if (value < kernel_low || value >= kernel_high)
			continue;
		found = scan_around(value);
		if (found)
			return found;
	}
	return 0;
}

static uintptr_t scan_range(long step, int seconds)
{
	time_t end = time(NULL) + seconds;
	volatile uintptr_t at;

	for (at = kernel_low; at < kernel_high; at += (uintptr_t)step) {
		uintptr_t found;

		if (readable(at)) {
			found = scan_pages(at, at + 64 * MIB);
			if (found)
				return found;
		}
		if ((at / (uintptr_t)step) % 1024 == 0 && time(NULL) > end)
			break;
	}
	return 0;
}

void own_syscall(void);
__asm__(".text\n"
	"own_syscall: syscall\n"
	"	ret\n");

static uintptr_t find_host_syscall_insn(void)
{
	const char *given = getenv("NACRE_TEST_KERNEL_SYSCALL");
	uintptr_t found = 0;

	if (given != NULL && getenv("NACRE_TEST_THROWAWAY") == NULL)
		skip("attacks are real: only in a throw-away box");
	if (given != NULL)
		return strcmp(given, "self") == 0 ? (uintptr_t)own_syscall :
						    strtoull(given, NULL, 16);
	signal(SIGSEGV, probe_failed);
	signal(SIGBUS, probe_failed);
	const char *mode = getenv("NACRE_TEST_MODE");

	/* With the rewritten entry %gs leads to a heap: too much of it to search. */
	if ((getauxval(AT_HWCAP2) & 2) && !(mode && strcmp(mode, "rewrite") == 0)) {
		uintptr_t base;

		__asm__ volatile("rdgsbase %0" : "=r"(base));
		found = scan_thread_pointer(base);
	}
	if (!found)
		found = scan_range(1024L * MIB, 2);
	if (!found)
		found = scan_range(16L * MIB, 3);
	if (!found)
		found = scan_range(2L * MIB, 8);
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	return found;
}

static uintptr_t escape_gate;

static inline void escape_begin(void)
{
	const char *mode = getenv("NACRE_TEST_MODE");

	if (getenv("NACRE_TEST_KERNEL_SYSCALL") == NULL &&
	    (mode == NULL || strcmp(mode, "native") == 0))
		skip("there is no jail to attack");
	escape_gate = find_host_syscall_insn();
	if (escape_gate == 0)
		skip("no syscall instruction of the kernel was found");
}

static long host_call(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("sub $128, %%rsp\n\tcall *%[gate]\n\tadd $128, %%rsp"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9),
			   [gate] "b"(escape_gate)
			 : "rcx", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
	return ret;
}

/* The whole test: tries it; anything but an error is an escape. */
#define ATTACK(what, nr, ...) ATTACK_(what, 0, nr, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
/* For calls that cannot succeed here: the host's own error shows that it was reached. */
#define ATTACK_REACHING(error, what, nr, ...) \
	ATTACK_(what, error, nr, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define ATTACK_(what, error, nr, a, b, c, d, e, f, ...)                              \
	do {                                                                         \
		long ret_;                                                           \
		escape_begin();                                                      \
		ret_ = host_call(nr, (long)(a), (long)(b), (long)(c), (long)(d),     \
				 (long)(e), (long)(f));                              \
		if (ret_ >= 0 || ret_ < -4095 || ((error) && ret_ == -(error))) {    \
			dprintf(1, "ESCAPED: %s gave %ld\n", what, ret_);            \
			_exit(1);                                                    \
		}                                                                    \
		return 0;                                                            \
	} while (0)

static inline const char *canary_path(const char *name)
{
	static char path[4200];
	const char *dir = getenv("NACRE_TEST_CANARY_DIR");

	snprintf(path, sizeof(path), "%s/%s", dir ? dir : "/nonexistent", name);
	return path;
}

static inline int canary_pid(void)
{
	const char *pid = getenv("NACRE_TEST_CANARY_PID");

	return pid ? atoi(pid) : 0x3ffffff0;
}

/* Writable memory in the canary process. */
static inline void *canary_memory(void)
{
	const char *address = getenv("NACRE_TEST_CANARY_MEMORY");

	return (void *)(address ? strtoul(address, NULL, 16) : 0);
}

#endif
