/* Creating and joining many threads leaks neither memory nor thread slots. */
#include "../test.h"
#include <pthread.h>

static void *worker(void *argument)
{
	return argument;
}

int main(void)
{
	pthread_t thread;
	void *result;

	for (long i = 0; i < 1000; i++) {
		REQUIRE(pthread_create(&thread, NULL, worker, (void *)i) == 0);
		REQUIRE(pthread_join(thread, &result) == 0);
		CHECK_EQ(result, i);
	}
	return TEST_RESULT;
}
