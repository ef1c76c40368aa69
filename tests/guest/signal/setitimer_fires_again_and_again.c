/* ITIMER_REAL with an interval; getitimer; errors. */
#include "../test.h"
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>

static volatile int count;

static void handler(int sig)
{
	(void)sig;
	count++;
}

int main(void)
{
	struct itimerval timer = { { 0, 2000 }, { 0, 2000 } }, old, bad = { { 0, 0 }, { 0, -1 } };

	CHECK_ERR(setitimer(ITIMER_REAL, &bad, NULL), EINVAL);
	bad.it_value.tv_usec = 1000000;
	CHECK_ERR(setitimer(ITIMER_REAL, &bad, NULL), EINVAL);
	CHECK_EQ(sys3(SYS_setitimer, 99, &timer, NULL), -EINVAL);
	CHECK_EQ(sys2(SYS_getitimer, 99, &old), -EINVAL);
	CHECK_EQ(sys3(SYS_setitimer, ITIMER_REAL, BAD_HIGH, NULL), -EFAULT);
	CHECK_EQ(sys2(SYS_getitimer, ITIMER_REAL, BAD_HIGH), -EFAULT);
	signal(SIGALRM, handler);
	CHECK_EQ(setitimer(ITIMER_REAL, &timer, &old), 0);
	CHECK_EQ(old.it_value.tv_sec + old.it_value.tv_usec, 0);
	while (count < 5)
		pause();
	CHECK_EQ(getitimer(ITIMER_REAL, &old), 0);
	CHECK_EQ(old.it_interval.tv_usec, 2000);
	memset(&timer, 0, sizeof(timer));
	CHECK_EQ(setitimer(ITIMER_REAL, &timer, &old), 0);
	CHECK_EQ(old.it_interval.tv_usec, 2000);
	CHECK_EQ(getitimer(ITIMER_REAL, &old), 0);
	CHECK_EQ(old.it_value.tv_sec + old.it_value.tv_usec, 0);
	return TEST_RESULT;
}
