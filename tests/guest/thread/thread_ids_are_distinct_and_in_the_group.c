/* gettid differs per thread, getpid does not; the main thread's tid is the pid. */
#include "../test.h"
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>

static long tids[16];
static pthread_barrier_t barrier;

static void *worker(void *argument)
{
	long *mine = argument;

	*mine = gettid();
	CHECK_EQ(sys0(SYS_gettid), *mine);
	CHECK(sys0(SYS_getpid) != *mine);
	pthread_barrier_wait(&barrier);
	CHECK_EQ(sys3(SYS_tgkill, getpid(), *mine, 0), 0);
	pthread_barrier_wait(&barrier);
	return NULL;
}

int main(void)
{
	pthread_t threads[16];

	CHECK_EQ(gettid(), getpid());
	pthread_barrier_init(&barrier, NULL, 17);
	for (int i = 0; i < 16; i++)
		REQUIRE(pthread_create(&threads[i], NULL, worker, &tids[i]) == 0);
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < 16; i++) {
		CHECK_EQ(sys3(SYS_tgkill, getpid(), tids[i], 0), 0);
		for (int k = 0; k < i; k++)
			CHECK(tids[i] != tids[k]);
	}
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < 16; i++)
		pthread_join(threads[i], NULL);
	return TEST_RESULT;
}
