/* siglongjmp from handlers, with and without alternate stack, a thousand times. */
#include "../test.h"
#include <setjmp.h>
#include <signal.h>

static sigjmp_buf back;

static void handler(int sig)
{
	siglongjmp(back, sig);
}

int main(void)
{
	static char stack[65536];
	struct sigaction sa = { .sa_handler = handler };
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) }, now;
	volatile int jumps = 0;
	sigset_t set;

	sigaltstack(&alt, NULL);
	for (volatile int i = 0; i < 1000; i++) {
		sa.sa_flags = i & 1 ? SA_ONSTACK : 0;
		sigaction(SIGSEGV, &sa, NULL);
		sigaction(SIGUSR1, &sa, NULL);
		if (sigsetjmp(back, 1) == 0) {
			if (i & 2)
				*(volatile int *)0x10 = 1;
			else
				raise(SIGUSR1);
		} else {
			jumps++;
		}
	}
	CHECK_EQ(jumps, 1000);
	sigprocmask(SIG_BLOCK, NULL, &set);
	CHECK_EQ(sigismember(&set, SIGSEGV) + sigismember(&set, SIGUSR1), 0);
	sigaltstack(NULL, &now);
	CHECK_EQ(now.ss_flags, 0);
	return TEST_RESULT;
}
