/* Initialised and zero thread-local variables, errno, and a big TLS block. */
//build: static dynamic static-pie musl
#include "../test.h"
#include <pthread.h>
#include <sched.h>

static __thread int counter = 7;
static __thread char block[8192] = "start";
static __thread long zero;

static void *worker(void *argument)
{
	long id = (long)argument;

	CHECK_EQ(counter, 7);
	CHECK_EQ(zero, 0);
	CHECK(strcmp(block, "start") == 0);
	for (int i = 0; i < 500; i++) {
		counter += (int)id;
		zero = id;
		snprintf(block, sizeof(block), "thread %ld", id);
		errno = (int)id;
		if (i % 16 == 0)
			sched_yield();
		CHECK_EQ(errno, id);
		CHECK_EQ(counter, 7 + (i + 1) * id);
		CHECK_EQ(zero, id);
	}
	CHECK_EQ(atoi(block + 7), id);
	return NULL;
}

int main(void)
{
	pthread_t threads[20];

	for (long i = 0; i < 20; i++)
		REQUIRE(pthread_create(&threads[i], NULL, worker, (void *)(i + 1)) == 0);
	for (int i = 0; i < 20; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(counter, 7);
	return TEST_RESULT;
}
