/* pthread_mutex_timedlock, cond_timedwait, sem_timedwait: ETIMEDOUT, no earlier. */
#include "../test.h"
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

static struct timespec soon(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += 20000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static bool reached(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec > t->tv_sec || (now.tv_sec == t->tv_sec && now.tv_nsec >= t->tv_nsec);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *try(void *unused)
{
	struct timespec when = soon();

	CHECK_EQ(pthread_mutex_timedlock(&mutex, &when), ETIMEDOUT);
	CHECK(reached(&when));
	return unused;
}

int main(void)
{
	pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
	struct timespec when;
	pthread_t thread;
	sem_t sem;

	pthread_mutex_lock(&mutex);
	REQUIRE(pthread_create(&thread, NULL, try, NULL) == 0);
	pthread_join(thread, NULL);
	when = soon();
	CHECK_EQ(pthread_cond_timedwait(&cond, &mutex, &when), ETIMEDOUT);
	CHECK(reached(&when));
	sem_init(&sem, 0, 1);
	CHECK_EQ(sem_wait(&sem), 0);
	when = soon();
	CHECK_ERR(sem_timedwait(&sem, &when), ETIMEDOUT);
	CHECK(reached(&when));
	return TEST_RESULT;
}
