/*
 * Sixteen threads end their process at the same moment, some by exit_group, some by exit: one
 * status comes out, every time. Several such processes compete for the processors.
 */
#include "../test.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define THREADS 16
#define PARENTS 4
#define ROUNDS 100

static pthread_barrier_t barrier;

static void *ender(void *number)
{
	pthread_barrier_wait(&barrier);
	if ((long)number & 1)
		syscall(SYS_exit_group, 33);
	syscall(SYS_exit, 0);
	return NULL;
}

static void child(void)
{
	pthread_t threads[THREADS];

	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	for (long i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, ender, (void *)i) != 0)
			_exit(99);
	pthread_barrier_wait(&barrier);
	syscall(SYS_exit_group, 33);
}

static void parent(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		int status;
		pid_t pid = fork();

		REQUIRE(pid >= 0);
		if (pid == 0)
			child();
		REQUIRE(waitpid(pid, &status, 0) == pid);
		if (status != 33 << 8) {
			test_fail("round %d: status %#x", i, status);
			break;
		}
	}
	_exit(TEST_RESULT);
}

int main(void)
{
	for (int i = 0; i < PARENTS; i++) {
		pid_t pid = fork();

		REQUIRE(pid >= 0);
		if (pid == 0)
			parent();
	}
	for (int i = 0; i < PARENTS; i++) {
		int status;

		REQUIRE(wait(&status) > 0);
		CHECK_EQ(status, 0);
	}
	return TEST_RESULT;
}
