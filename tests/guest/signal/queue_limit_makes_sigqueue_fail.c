/* RLIMIT_SIGPENDING: real-time signals fail with EAGAIN, kill(2) and standard ones do not. */
#include "../test.h"
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

int main(void)
{
	struct rlimit limit = { 3, 3 };
	sigset_t set;
	int queued = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	REQUIRE(setuid(54321) == 0); /* the signals of all processes of a user are counted */
	REQUIRE(setrlimit(RLIMIT_SIGPENDING, &limit) == 0);
	for (int i = 0; i < 10; i++)
		queued += sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = i }) == 0;
	CHECK_EQ(queued, 3);
	CHECK_ERR(sigqueue(getpid(), SIGRTMIN, (union sigval){ 0 }), EAGAIN);
	CHECK_EQ(kill(getpid(), SIGRTMIN), 0);
	CHECK_EQ(sigqueue(getpid(), SIGUSR1, (union sigval){ 0 }), 0);
	return TEST_RESULT;
}
