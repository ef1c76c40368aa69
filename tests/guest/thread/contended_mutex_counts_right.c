/* Eight threads, one counter, every kind of mutex, spin and rw lock. */
#include "../test.h"
#include <pthread.h>

enum { THREADS = 8, ROUNDS = 5000 };

static pthread_mutex_t mutex[3];
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static long counter[4];

static void *worker(void *argument)
{
	(void)argument;
	for (int i = 0; i < ROUNDS; i++) {
		for (int k = 0; k < 3; k++) {
			pthread_mutex_lock(&mutex[k]);
			counter[k]++;
			pthread_mutex_unlock(&mutex[k]);
		}
		pthread_rwlock_wrlock(&rwlock);
		counter[3]++;
		pthread_rwlock_unlock(&rwlock);
		pthread_rwlock_rdlock(&rwlock);
		pthread_rwlock_unlock(&rwlock);
	}
	return NULL;
}

int main(void)
{
	static const int types[] = { PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE,
				     PTHREAD_MUTEX_ERRORCHECK };
	pthread_t threads[THREADS];
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	for (int k = 0; k < 3; k++) {
		pthread_mutexattr_settype(&attr, types[k]);
		pthread_mutex_init(&mutex[k], &attr);
	}
	CHECK_EQ(pthread_mutex_unlock(&mutex[2]), EPERM);
	for (int i = 0; i < THREADS; i++)
		REQUIRE(pthread_create(&threads[i], NULL, worker, NULL) == 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int k = 0; k < 4; k++)
		CHECK_EQ(counter[k], THREADS * ROUNDS);
	return TEST_RESULT;
}
