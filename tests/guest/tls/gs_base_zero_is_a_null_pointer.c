/* Before it sets GS a program sees base 0: %gs:0 faults at address 0. */
#include "../test.h"
#include <setjmp.h>
#include <signal.h>

static sigjmp_buf back;
static void *volatile address;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	address = info->si_addr;
	siglongjmp(back, 1);
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	volatile unsigned long value;

	sigaction(SIGSEGV, &sa, NULL);
	for (int i = 0; i < 3; i++) {
		address = (void *)1;
		if (sigsetjmp(back, 1) == 0) {
			__asm__ volatile("mov %%gs:0x30, %0" : "=r"(value)::"memory");
			test_fail("gs:0x30 could be read");
		}
		CHECK_EQ(address, 0x30);
		CHECK(getpid() > 0);
	}
	return TEST_RESULT;
}
