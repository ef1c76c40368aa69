/* A handler that edits rip, rsp-relative data, a register and the mask in the ucontext. */
#include "../test.h"
#include <signal.h>
#include <ucontext.h>

static void handler(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	uc->uc_mcontext.gregs[REG_RIP] += 2; /* over the ud2 */
	uc->uc_mcontext.gregs[REG_RBX] = 4242;
	uc->uc_mcontext.gregs[REG_EFL] |= 1;
	sigaddset(&uc->uc_sigmask, SIGUSR2);
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	sigset_t now;
	long rbx, carry;

	sigaction(SIGILL, &sa, NULL);
	for (int i = 0; i < 100; i++) {
		__asm__ volatile("xor %%ebx, %%ebx; clc; ud2; mov $0, %%eax; adc $0, %%eax"
				 : "=b"(rbx), "=a"(carry)::"cc");
		CHECK_EQ(rbx, 4242);
		CHECK_EQ(carry, 1);
	}
	sigprocmask(SIG_BLOCK, NULL, &now);
	CHECK_EQ(sigismember(&now, SIGUSR2), 1);
	CHECK_EQ(sigismember(&now, SIGILL), 0);
	return TEST_RESULT;
}
