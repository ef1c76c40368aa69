/* PR_SET_TIMERSLACK 0 goes back to what the creator had when the thread was made. */
#include "../test.h"
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static long slack(void)
{
	return prctl(PR_GET_TIMERSLACK);
}

static void *thread(void *unused)
{
	CHECK_EQ(slack(), 80000);
	CHECK_EQ(prctl(PR_SET_TIMERSLACK, 1), 0);
	CHECK_EQ(slack(), 1);
	CHECK_EQ(prctl(PR_SET_TIMERSLACK, 0), 0);
	CHECK_EQ(slack(), 80000);
	return unused;
}

int main(void)
{
	pthread_t t;
	int status = 0;

	CHECK_EQ(slack(), 50000);
	CHECK_EQ(prctl(PR_SET_TIMERSLACK, 70000), 0);
	if (fork() == 0) {
		CHECK_EQ(slack(), 70000);
		CHECK_EQ(prctl(PR_SET_TIMERSLACK, 80000), 0);
		REQUIRE(pthread_create(&t, NULL, thread, NULL) == 0);
		pthread_join(t, NULL);
		CHECK_EQ(slack(), 80000);
		CHECK_EQ(prctl(PR_SET_TIMERSLACK, 0), 0);
		CHECK_EQ(slack(), 70000);
		_exit(TEST_RESULT);
	}
	CHECK_EQ(prctl(PR_SET_TIMERSLACK, 0), 0);
	CHECK_EQ(slack(), 50000);
	wait(&status);
	CHECK_EQ(status, 0);
	return TEST_RESULT;
}
