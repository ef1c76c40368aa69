/* Leaving a handler without restoring the mask: the signal stays blocked. */
#include "../test.h"
#include <setjmp.h>
#include <signal.h>

static jmp_buf back;

static void handler(int sig)
{
	(void)sig;
	longjmp(back, 1);
}

int main(void)
{
	sigset_t set;

	signal(SIGUSR1, handler);
	if (setjmp(back) == 0)
		raise(SIGUSR1);
	sigprocmask(SIG_BLOCK, NULL, &set);
	CHECK_EQ(sigismember(&set, SIGUSR1), 1);
	raise(SIGUSR1);
	sigpending(&set);
	CHECK_EQ(sigismember(&set, SIGUSR1), 1);
	return TEST_RESULT;
}
