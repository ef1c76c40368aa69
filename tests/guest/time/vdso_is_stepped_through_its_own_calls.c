/*
 * TF over a call of clock_gettime() that the vDSO passes on to the kernel: every stop is in this
 * program, its libraries or the vDSO, in order, and the answer is right. Afterwards, too.
 */
#include <signal.h>
#include <sys/auxv.h>
#include <time.h>
#include <ucontext.h>

#include "../test.h"
#include "code.h"

static uintptr_t vdso_start, vdso_end;
static volatile int in_vdso, elsewhere;

static void on_trap(int sig, siginfo_t *info, void *context)
{
	uintptr_t at = (uintptr_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];

	(void)sig;
	(void)info;
	if (at >= vdso_start && at < vdso_end)
		in_vdso++;
	else if (!code_is_known(at))
		elsewhere++;
}

static void set_tf(bool on)
{
	__asm__ volatile("sub $128, %%rsp\n"
			 "pushfq\n"
			 "andl $~0x100, (%%rsp)\n"
			 "orl %0, (%%rsp)\n"
			 "popfq\n"
			 "add $128, %%rsp\n"
			 : : "r"(on ? 0x100 : 0) : "memory", "cc");
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };
	const ElfW(Ehdr) *vdso = (const void *)getauxval(AT_SYSINFO_EHDR);
	struct timespec before, stepped, after;
	int result;

	if (vdso == NULL)
		skip("no vDSO");
	const ElfW(Phdr) *p = (const void *)((const char *)vdso + vdso->e_phoff);

	for (int i = 0; i < vdso->e_phnum; i++)
		if (p[i].p_type == PT_LOAD)
			vdso_end = (uintptr_t)vdso + p[i].p_memsz;
	vdso_start = (uintptr_t)vdso;
	sigaction(SIGTRAP, &sa, NULL);
	for (int round = 0; round < 3; round++) {
		CHECK_EQ(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before), 0);
		set_tf(true);
		result = clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &stepped);
		set_tf(false);
		CHECK_EQ(result, 0);
		CHECK_EQ(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after), 0);
		CHECK(before.tv_sec < stepped.tv_sec || before.tv_nsec <= stepped.tv_nsec);
		CHECK(stepped.tv_sec < after.tv_sec || stepped.tv_nsec <= after.tv_nsec);
		CHECK(in_vdso > 3);
		CHECK_EQ(elsewhere, 0);
		in_vdso = 0;
	}
	return TEST_RESULT;
}
