/* A handler that writes xmm0 and mxcsr into the frame changes the interrupted code's. */
#include "../test.h"
#include <signal.h>
#include <ucontext.h>

static void handler(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	uc->uc_mcontext.gregs[REG_RIP] += 2;
	uc->uc_mcontext.fpregs->_xmm[3].element[0] = 0xabcdef01;
	uc->uc_mcontext.fpregs->mxcsr = 0x3f80;
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	unsigned value = 0, mxcsr, normal = 0x1f80;

	sigaction(SIGILL, &sa, NULL);
	__asm__ volatile("mov $77, %%eax; movd %%eax, %%xmm3; ud2; movd %%xmm3, %0"
			 : "=r"(value)::"rax", "xmm3");
	__asm__ volatile("stmxcsr %0; ldmxcsr %1" : "=m"(mxcsr) : "m"(normal));
	CHECK_EQ(value, 0xabcdef01);
	CHECK_EQ(mxcsr, 0x3f80);
	return TEST_RESULT;
}
