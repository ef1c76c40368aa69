/* A signal raised in its own handler comes after the handler, not inside it. */
#include "../test.h"
#include <signal.h>

static volatile int depth, deepest, count;

static void handler(int sig)
{
	if (++depth > deepest)
		deepest = depth;
	if (++count < 5)
		raise(sig);
	depth--;
}

int main(void)
{
	struct sigaction sa = { .sa_handler = handler };

	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	CHECK_EQ(count, 5);
	CHECK_EQ(deepest, 1);
	return TEST_RESULT;
}
