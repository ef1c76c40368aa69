/* Forty different signals, each raised in the handler of the one before, then unwound. */
#include "../test.h"
#include <signal.h>

static volatile int depth, deepest, left;

static void handler(int sig)
{
	if (++depth > deepest)
		deepest = depth;
	if (sig < SIGRTMAX - 1)
		raise(sig + 1);
	left++;
	depth--;
}

int main(void)
{
	for (int sig = SIGRTMIN; sig <= SIGRTMAX; sig++)
		signal(sig, handler);
	raise(SIGRTMIN);
	CHECK_EQ(depth, 0);
	CHECK_EQ(deepest, SIGRTMAX - SIGRTMIN);
	CHECK_EQ(left, deepest);
	return TEST_RESULT;
}
