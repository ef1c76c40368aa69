/* Only the calling thread waits for its vfork child. */
#include <pthread.h>
#include <stdatomic.h>

#include "process.h"

static atomic_int count, stop;

static void *counts(void *arg)
{
	while (!stop) {
		count++;
		syscall(SYS_gettid);
	}
	return arg;
}

static pid_t vfork_until_counted(int *moved)
{
	pid_t pid = vfork();

	if (pid == 0) {
		int start = count;

		for (int i = 0; i < 5000 && count < start + 100; i++) {
			struct timespec ts = { 0, 1000000 };

			nanosleep(&ts, NULL);
		}
		*moved = count >= start + 100;
		_exit(0);
	}
	return pid;
}

int main(void)
{
	pthread_t t;
	int moved = 0;

	REQUIRE(pthread_create(&t, NULL, counts, NULL) == 0);
	for (int i = 0; i < 5; i++) {
		moved = 0;
		CHECK_EQ(status_of(vfork_until_counted(&moved)), 0);
		CHECK_EQ(moved, 1);
	}
	stop = 1;
	pthread_join(t, NULL);
	return TEST_RESULT;
}
