/* Unmasked handlers: all frames are pushed at once, so the last pushed runs first. */
#include "../test.h"
#include <signal.h>

static volatile int order[8], count;

static void handler(int sig)
{
	order[count++] = sig;
}

int main(void)
{
	sigset_t all, none;

	sigfillset(&all);
	sigemptyset(&none);
	signal(SIGUSR1, handler);
	signal(SIGUSR2, handler);
	signal(SIGHUP, handler);
	sigprocmask(SIG_SETMASK, &all, NULL);
	raise(SIGUSR1);
	raise(SIGUSR2);
	raise(SIGHUP);
	sigprocmask(SIG_SETMASK, &none, NULL);
	CHECK_EQ(count, 3);
	CHECK_EQ(order[0], SIGUSR2);
	CHECK_EQ(order[1], SIGUSR1);
	CHECK_EQ(order[2], SIGHUP);
	return TEST_RESULT;
}
