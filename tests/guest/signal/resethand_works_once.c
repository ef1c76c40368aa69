/* SA_RESETHAND: default action already while the handler runs. Then death by signal. */
//expect: signal 10
#include "../test.h"
#include <signal.h>

static struct sigaction in_handler;

static void handler(int sig)
{
	sigaction(sig, NULL, &in_handler);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_RESETHAND };

	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	CHECK(in_handler.sa_handler == SIG_DFL);
	if (TEST_RESULT)
		return 1;
	raise(SIGUSR1);
	return 2;
}
