/* Fifty threads, arguments in, results out, joined in odd order; detached ones too. */
//build: static dynamic musl
#include "../test.h"
#include <pthread.h>
#include <sched.h>

static void *worker(void *argument)
{
	return (void *)((long)argument * 3 + 1);
}

static void *quiet(void *argument)
{
	__atomic_add_fetch((int *)argument, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

int main(void)
{
	static int detached;
	pthread_t threads[50], one;
	void *result;

	for (long i = 0; i < 50; i++)
		REQUIRE(pthread_create(&threads[i], NULL, worker, (void *)i) == 0);
	for (int i = 49; i >= 0; i--) {
		CHECK_EQ(pthread_join(threads[i], &result), 0);
		CHECK_EQ(result, i * 3 + 1);
	}
	for (int i = 0; i < 20; i++) {
		REQUIRE(pthread_create(&one, NULL, quiet, &detached) == 0);
		CHECK_EQ(pthread_detach(one), 0);
	}
	while (__atomic_load_n(&detached, __ATOMIC_SEQ_CST) < 20)
		sched_yield();
	return TEST_RESULT;
}
