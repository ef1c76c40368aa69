/* Producers and consumers over a small queue with a mutex and two conditions. */
//build: static dynamic musl
#include "../test.h"
#include <pthread.h>

enum { PRODUCERS = 4, CONSUMERS = 4, EACH = 2500, ROOM = 8 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER;
static long queue[ROOM], head, tail, sum, taken;

static void *produce(void *argument)
{
	for (long i = 0; i < EACH; i++) {
		pthread_mutex_lock(&lock);
		while (head - tail == ROOM)
			pthread_cond_wait(&not_full, &lock);
		queue[head++ % ROOM] = (long)argument * EACH + i;
		pthread_cond_signal(&not_empty);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static void *consume(void *argument)
{
	(void)argument;
	for (;;) {
		pthread_mutex_lock(&lock);
		while (head == tail && taken < PRODUCERS * EACH)
			pthread_cond_wait(&not_empty, &lock);
		if (taken == PRODUCERS * EACH) {
			pthread_cond_broadcast(&not_empty);
			pthread_mutex_unlock(&lock);
			return NULL;
		}
		sum += queue[tail++ % ROOM];
		if (++taken == PRODUCERS * EACH)
			pthread_cond_broadcast(&not_empty);
		pthread_cond_signal(&not_full);
		pthread_mutex_unlock(&lock);
	}
}

int main(void)
{
	pthread_t threads[PRODUCERS + CONSUMERS];
	const long total = PRODUCERS * EACH;

	for (long i = 0; i < PRODUCERS; i++)
		REQUIRE(pthread_create(&threads[i], NULL, produce, (void *)i) == 0);
	for (long i = 0; i < CONSUMERS; i++)
		REQUIRE(pthread_create(&threads[PRODUCERS + i], NULL, consume, NULL) == 0);
	for (int i = 0; i < PRODUCERS + CONSUMERS; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(sum, total * (total - 1) / 2);
	CHECK_EQ(taken, total);
	return TEST_RESULT;
}
