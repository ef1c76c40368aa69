/* Many threads alive together, all passing one barrier several times. */
#include "../test.h"
#include <pthread.h>

enum { COUNT = 200 };

static pthread_barrier_t barrier;
static int passed;

static void *worker(void *unused)
{
	for (int i = 0; i < 5; i++) {
		pthread_barrier_wait(&barrier);
		__atomic_add_fetch(&passed, 1, __ATOMIC_SEQ_CST);
	}
	return unused;
}

int main(void)
{
	pthread_t threads[COUNT];
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	pthread_barrier_init(&barrier, NULL, COUNT);
	for (int i = 0; i < COUNT; i++)
		REQUIRE(pthread_create(&threads[i], &attr, worker, NULL) == 0);
	for (int i = 0; i < COUNT; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(passed, 5 * COUNT);
	return TEST_RESULT;
}
