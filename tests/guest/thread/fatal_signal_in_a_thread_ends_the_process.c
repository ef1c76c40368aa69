/* A wild store in one thread ends the whole process by SIGSEGV. */
//expect: signal 11
#include "../test.h"
#include <pthread.h>

static void *worker(void *unused)
{
	*(volatile int *)0x10 = 1;
	return unused;
}

int main(void)
{
	pthread_t thread;

	REQUIRE(pthread_create(&thread, NULL, worker, NULL) == 0);
	for (;;)
		pause();
}
