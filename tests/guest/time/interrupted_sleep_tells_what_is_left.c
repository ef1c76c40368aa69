/* EINTR with the remaining time, even with SA_RESTART; a bad remainder pointer is EFAULT. */
#include "../test.h"
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

static void handler(int sig)
{
	(void)sig;
}

int main(void)
{
	struct itimerval timer = { { 0, 20000 }, { 0, 20000 } };
	struct timespec t = { 50, 0 }, left = { 0, 0 };
	struct sigaction sa = { .sa_handler = handler };

	for (int restart = 0; restart < 2; restart++) {
		sa.sa_flags = restart ? SA_RESTART : 0;
		sigaction(SIGALRM, &sa, NULL);
		setitimer(ITIMER_REAL, &timer, NULL);
		CHECK_ERR(nanosleep(&t, &left), EINTR);
		CHECK(left.tv_sec == 49 && left.tv_nsec > 0 && left.tv_nsec < 1000000000);
		left.tv_sec = 0;
		CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &left), EINTR);
		CHECK_EQ(left.tv_sec, 49);
	}
	CHECK_EQ(sys2(SYS_nanosleep, &t, BAD_HIGH), -EFAULT);
	CHECK_EQ(sys2(SYS_nanosleep, &t, NULL), -EINTR);
	return TEST_RESULT;
}
