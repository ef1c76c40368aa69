/* Threads that fork and wait for their own children do not take each other's. */
#include <pthread.h>

#include "process.h"

static void *forks(void *arg)
{
	long id = (long)arg;

	for (int i = 0; i < 25; i++) {
		int want = (int)((id * 25 + i) & 0xff), status;
		pid_t pid = fork();

		if (pid == 0)
			_exit(want);
		if (pid < 0 || waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != want)
			test_fail("thread %ld child %d", id, i);
	}
	return NULL;
}

int main(void)
{
	pthread_t t[4];

	for (long i = 0; i < 4; i++)
		REQUIRE(pthread_create(&t[i], NULL, forks, (void *)i) == 0);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	CHECK_ERR(wait(NULL), ECHILD);
	return TEST_RESULT;
}
