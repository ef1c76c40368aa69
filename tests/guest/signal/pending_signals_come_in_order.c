/* Lowest number first; real-time signals of one number in the order sent, with values. */
#include "../test.h"
#include <signal.h>

static volatile int order[64], values[64], count;

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)context;
	order[count] = sig;
	values[count++] = info->si_value.sival_int;
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	sigset_t all;

	sigfillset(&sa.sa_mask);
	sigfillset(&all);
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	sigaction(SIGRTMIN, &sa, NULL);
	sigaction(SIGRTMIN + 3, &sa, NULL);
	sigprocmask(SIG_SETMASK, &all, NULL);
	for (int i = 0; i < 5; i++) {
		sigqueue(getpid(), SIGRTMIN + 3, (union sigval){ .sival_int = 10 + i });
		sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = i });
	}
	kill(getpid(), SIGUSR2);
	kill(getpid(), SIGUSR1);
	sigemptyset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	/* frames are built lowest number first, each handler's mask holds the others */
	REQUIRE(count == 12);
	CHECK_EQ(order[0], SIGUSR1);
	CHECK_EQ(order[1], SIGUSR2);
	for (int i = 0; i < 5; i++) {
		CHECK_EQ(order[2 + i], SIGRTMIN);
		CHECK_EQ(values[2 + i], i);
		CHECK_EQ(order[7 + i], SIGRTMIN + 3);
		CHECK_EQ(values[7 + i], 10 + i);
	}
	return TEST_RESULT;
}
