/* pthread_cancel of threads blocked in read, nanosleep and futex; cleanup handlers run. */
//build: static dynamic musl
#include "../test.h"
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

static int fds[2], cleaned;
static sem_t never;

static void clean(void *unused)
{
	(void)unused;
	__atomic_add_fetch(&cleaned, 1, __ATOMIC_SEQ_CST);
}

static void *blocked(void *argument)
{
	const struct timespec long_time = { 1000, 0 };
	char c;

	pthread_cleanup_push(clean, NULL);
	switch ((long)argument) {
	case 0:
		CHECK_EQ(read(fds[0], &c, 1), -2);
		break;
	case 1:
		nanosleep(&long_time, NULL);
		break;
	case 2:
		sem_wait(&never);
		break;
	}
	pthread_cleanup_pop(0);
	return NULL;
}

int main(void)
{
	const struct timespec pause = { 0, 20000000 };
	pthread_t threads[3];
	void *result;

	REQUIRE(pipe(fds) == 0 && sem_init(&never, 0, 0) == 0);
	for (long i = 0; i < 3; i++)
		REQUIRE(pthread_create(&threads[i], NULL, blocked, (void *)i) == 0);
	nanosleep(&pause, NULL);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(pthread_cancel(threads[i]), 0);
		CHECK_EQ(pthread_join(threads[i], &result), 0);
		CHECK(result == PTHREAD_CANCELED);
	}
	CHECK_EQ(cleaned, 3);
	return TEST_RESULT;
}
