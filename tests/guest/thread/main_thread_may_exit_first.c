/* pthread_exit in main: the process lives until the last thread ends, with status 0. */
#include "../test.h"
#include <pthread.h>
#include <time.h>

static void *worker(void *unused)
{
	const struct timespec pause = { 0, 50000000 };

	nanosleep(&pause, NULL);
	CHECK(getpid() > 0);
	puts("the last one");
	fflush(stdout);
	return unused;
}

int main(void)
{
	pthread_t thread;

	REQUIRE(pthread_create(&thread, NULL, worker, NULL) == 0);
	pthread_exit(NULL);
}
