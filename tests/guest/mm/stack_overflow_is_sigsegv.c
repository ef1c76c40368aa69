/* Running out of stack: SIGSEGV, handled on an alternate stack. */
#include "../test.h"
#include <setjmp.h>
#include <signal.h>

static sigjmp_buf back;
static void *volatile address;
static volatile int code;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	address = info->si_addr;
	code = info->si_code;
	siglongjmp(back, 1);
}

#pragma GCC diagnostic ignored "-Winfinite-recursion"
static int __attribute__((noinline)) forever(volatile int *p)
{
	volatile int frame[200];

	frame[0] = *p;
	return forever(frame) + frame[0];
}

int main(void)
{
	static char stack[65536];
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction sa = { .sa_sigaction = on_fault,
				.sa_flags = SA_SIGINFO | SA_ONSTACK };
	volatile int here = 0;

	REQUIRE(sigaltstack(&alt, NULL) == 0);
	sigaction(SIGSEGV, &sa, NULL);
	for (int i = 0; i < 2; i++) {
		code = 0;
		if (sigsetjmp(back, 1) == 0)
			forever(&here);
		CHECK(code == SEGV_MAPERR || code == SEGV_ACCERR);
		CHECK((char *)address < (char *)&here);
		CHECK((char *)address > (char *)&here - (16 << 20));
	}
	return TEST_RESULT;
}
