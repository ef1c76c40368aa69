/* A forged rip in the kernel half or non-canonical: SIGSEGV in user mode, nothing worse. */
#include "../test.h"
#include "../fault.h"

static greg_t target;

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] = target;
}

int main(void)
{
	static const unsigned long bad[] = { 0, 0x1000, 0x7ffffffff000, 0x800000000000,
					     0xffff800000000000, 0xffffffff81000000 };
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };

	sigaction(SIGUSR1, &sa, NULL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fault f;

		target = (greg_t)bad[i];
		f = FAULT_OF(raise(SIGUSR1));
		CHECK_EQ(f.sig, SIGSEGV);
	}
	return TEST_RESULT;
}
