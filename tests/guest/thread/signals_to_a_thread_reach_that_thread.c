/* pthread_kill and tgkill: the handler runs in the chosen thread, blocked or computing. */
#include "../test.h"
#include <pthread.h>
#include <signal.h>
#include <time.h>

static __thread volatile int mine;
static volatile int ready;
static int totals[2];

static void handler(int sig)
{
	(void)sig;
	mine++;
}

static void *computing(void *unused)
{
	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	while (mine < 20)
		;
	totals[0] = mine;
	return unused;
}

static void *sleeping(void *unused)
{
	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	while (mine < 20) {
		struct timespec long_time = { 5, 0 };

		nanosleep(&long_time, NULL);
	}
	totals[1] = mine;
	return unused;
}

static void send(pthread_t thread, const int *total)
{
	const struct timespec pause = { 0, 500000 };

	for (int i = 0; i < 60000 && *(volatile const int *)total == 0; i++) {
		pthread_kill(thread, SIGUSR1);
		nanosleep(&pause, NULL);
	}
}

int main(void)
{
	pthread_t a, b;

	signal(SIGUSR1, handler);
	REQUIRE(pthread_create(&a, NULL, computing, NULL) == 0);
	REQUIRE(pthread_create(&b, NULL, sleeping, NULL) == 0);
	while (ready < 2)
		sched_yield();
	send(a, &totals[0]);
	send(b, &totals[1]);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	CHECK(totals[0] >= 20);
	CHECK(totals[1] >= 20);
	CHECK_EQ(mine, 0);
	return TEST_RESULT;
}
