/* SA_NODEFER: the signal is not blocked in its handler. */
#include "../test.h"
#include <signal.h>

static volatile int depth, deepest, count;

static void handler(int sig)
{
	if (++depth > deepest)
		deepest = depth;
	if (++count < 50)
		raise(sig);
	depth--;
}

int main(void)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_NODEFER };

	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	CHECK_EQ(count, 50);
	CHECK_EQ(deepest, 50);
	return TEST_RESULT;
}
