/* FUTEX_LOCK_PI: a circle of owners and waiters is EDEADLK, however long. */
#include "../test.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>

#define MANY 8

static unsigned locks[MANY];
static pthread_barrier_t all;

static long lock(unsigned *f)
{
	return sys6(SYS_futex, (long)f, FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG, 0, 0, 0, 0);
}

static long unlock(unsigned *f)
{
	return sys6(SYS_futex, (long)f, FUTEX_UNLOCK_PI | FUTEX_PRIVATE_FLAG, 0, 0, 0, 0);
}

/* Thread i owns lock i and waits for lock i + 1. */
static void *link_in_chain(void *arg)
{
	long i = (long)arg;

	CHECK_EQ(lock(&locks[i]), 0);
	pthread_barrier_wait(&all);
	CHECK_EQ(lock(&locks[i + 1]), 0);
	CHECK_EQ(unlock(&locks[i + 1]), 0);
	CHECK_EQ(unlock(&locks[i]), 0);
	return NULL;
}

static void circle(int n)
{
	pthread_t threads[MANY];

	memset(locks, 0, sizeof(locks));
	pthread_barrier_init(&all, NULL, (unsigned)n);
	for (long i = 0; i < n - 1; i++)
		REQUIRE(pthread_create(&threads[i], NULL, link_in_chain, (void *)i) == 0);
	CHECK_EQ(lock(&locks[n - 1]), 0);
	pthread_barrier_wait(&all);
	for (int i = 0; i < n - 1; i++) /* until they wait */
		while (!(*(volatile unsigned *)&locks[i + 1] & FUTEX_WAITERS))
			usleep(1000);
	usleep(20000);
	CHECK_EQ(lock(&locks[0]), -EDEADLK);
	CHECK_EQ(unlock(&locks[n - 1]), 0);
	for (int i = 0; i < n - 1; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&all);
}

int main(void)
{
	CHECK_EQ(lock(&locks[0]), 0);
	CHECK_EQ(lock(&locks[0]), -EDEADLK);
	CHECK_EQ(unlock(&locks[0]), 0);
	circle(2);
	circle(3);
	circle(MANY);
	return TEST_RESULT;
}
