/* kill(getpid()) with the main thread blocking it: another thread runs the handler. */
#include "../test.h"
#include <pthread.h>
#include <signal.h>
#include <time.h>

static volatile int handled_by, ready;

static void handler(int sig)
{
	(void)sig;
	handled_by = (int)gettid();
}

static void *worker(void *unused)
{
	const struct timespec pause = { 0, 1000000 };

	ready = (int)gettid();
	while (handled_by == 0)
		nanosleep(&pause, NULL);
	return unused;
}

int main(void)
{
	pthread_t thread;
	sigset_t set;

	signal(SIGUSR1, handler);
	REQUIRE(pthread_create(&thread, NULL, worker, NULL) == 0);
	while (ready == 0)
		sched_yield();
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGUSR1);
	pthread_join(thread, NULL);
	CHECK_EQ(handled_by, ready);
	return TEST_RESULT;
}
