/* Handler, flags and mask of the old action come back; SIGKILL and SIGSTOP are unblockable. */
#include "../test.h"
#include <signal.h>

static void handler(int sig)
{
	(void)sig;
}

int main(void)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_RESTART | SA_NODEFER };
	struct sigaction old;

	REQUIRE(sigaction(SIGUSR1, NULL, &old) == 0);
	CHECK(old.sa_handler == SIG_DFL);
	sigfillset(&sa.sa_mask);
	REQUIRE(sigaction(SIGUSR1, &sa, &old) == 0);
	CHECK(old.sa_handler == SIG_DFL);
	REQUIRE(sigaction(SIGUSR1, NULL, &old) == 0);
	CHECK(old.sa_handler == handler);
	CHECK_EQ(old.sa_flags & ~0x04000000, SA_RESTART | SA_NODEFER);
	CHECK(sigismember(&old.sa_mask, SIGTERM) == 1);
	CHECK(sigismember(&old.sa_mask, SIGKILL) == 0);
	CHECK(sigismember(&old.sa_mask, SIGSTOP) == 0);
	CHECK(signal(SIGUSR1, SIG_IGN) == handler);
	CHECK(signal(SIGUSR1, SIG_DFL) == SIG_IGN);
	return TEST_RESULT;
}
