/* An interrupted clock_nanosleep restarted by hand with the remainder ends on time. */
#include "../test.h"
#include <signal.h>
#include <sys/time.h>
#include <time.h>

static volatile int count;

static void handler(int sig)
{
	(void)sig;
	count++;
}

int main(void)
{
	struct itimerval timer = { { 0, 3000 }, { 0, 3000 } }, off = { 0 };
	struct timespec t = { 0, 60000000 }, start, end;
	long ns;

	signal(SIGALRM, handler);
	setitimer(ITIMER_REAL, &timer, NULL);
	clock_gettime(CLOCK_MONOTONIC, &start);
	while (nanosleep(&t, &t) != 0)
		CHECK_EQ(errno, EINTR);
	clock_gettime(CLOCK_MONOTONIC, &end);
	setitimer(ITIMER_REAL, &off, NULL);
	ns = (end.tv_sec - start.tv_sec) * 1000000000L + end.tv_nsec - start.tv_nsec;
	CHECK(ns >= 60000000);
	CHECK(count >= 1);
	return TEST_RESULT;
}
