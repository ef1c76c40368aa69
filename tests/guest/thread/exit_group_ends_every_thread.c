/* exit from one thread ends sleeping, blocked and computing ones; the status is its own. */
//expect: exit 23
#include "../test.h"
#include <pthread.h>
#include <time.h>

static int fds[2];
static volatile int ready;

static void *computing(void *unused)
{
	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	for (;;)
		__asm__ volatile("pause");
	return unused;
}

static void *sleeping(void *unused)
{
	const struct timespec long_time = { 1000, 0 };

	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	nanosleep(&long_time, NULL);
	return unused;
}

static void *reading(void *unused)
{
	char c;

	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	if (read(fds[0], &c, 1) >= 0)
		_exit(1);
	return unused;
}

static void *ending(void *unused)
{
	while (ready < 3)
		sched_yield();
	puts("ending");
	exit(23);
	return unused;
}

int main(void)
{
	pthread_t thread;

	REQUIRE(pipe(fds) == 0);
	REQUIRE(pthread_create(&thread, NULL, computing, NULL) == 0);
	REQUIRE(pthread_create(&thread, NULL, sleeping, NULL) == 0);
	REQUIRE(pthread_create(&thread, NULL, reading, NULL) == 0);
	REQUIRE(pthread_create(&thread, NULL, ending, NULL) == 0);
	pthread_join(thread, NULL);
	return 1;
}
