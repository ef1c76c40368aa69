/* A thread dies holding a robust mutex: EOWNERDEAD, repaired, then usable. */
#include "../test.h"
#include <pthread.h>

static pthread_mutex_t mutex;

static void *die_holding(void *unused)
{
	CHECK_EQ(pthread_mutex_lock(&mutex), 0);
	return unused;
}

int main(void)
{
	pthread_mutexattr_t attr;
	pthread_t thread;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&mutex, &attr);
	for (int i = 0; i < 10; i++) {
		REQUIRE(pthread_create(&thread, NULL, die_holding, NULL) == 0);
		pthread_join(thread, NULL);
		CHECK_EQ(pthread_mutex_lock(&mutex), EOWNERDEAD);
		CHECK_EQ(pthread_mutex_consistent(&mutex), 0);
		CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
	}
	CHECK_EQ(pthread_mutex_lock(&mutex), 0);
	CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
	REQUIRE(pthread_create(&thread, NULL, die_holding, NULL) == 0);
	pthread_join(thread, NULL);
	CHECK_EQ(pthread_mutex_lock(&mutex), EOWNERDEAD);
	CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
	CHECK_EQ(pthread_mutex_lock(&mutex), ENOTRECOVERABLE);
	return TEST_RESULT;
}
