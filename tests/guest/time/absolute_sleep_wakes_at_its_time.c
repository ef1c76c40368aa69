/* clock_nanosleep with TIMER_ABSTIME: not before, at once when past; the remainder is untouched. */
#include "../test.h"
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

static void handler(int sig)
{
	(void)sig;
}

static struct timespec in_ms(clockid_t clock, long ms)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_nsec += ms * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

int main(void)
{
	static const clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME };
	struct sigaction sa = { .sa_handler = handler };
	struct itimerval timer = { { 0, 20000 }, { 0, 20000 } }, off = { 0 };
	struct timespec t, now, left = { 7, 7 };

	for (int i = 0; i < 3; i++) {
		t = in_ms(clocks[i], 20);
		CHECK_EQ(clock_nanosleep(clocks[i], TIMER_ABSTIME, &t, NULL), 0);
		clock_gettime(clocks[i], &now);
		CHECK(now.tv_sec > t.tv_sec ||
		      (now.tv_sec == t.tv_sec && now.tv_nsec >= t.tv_nsec));
		t.tv_sec = 1;
		CHECK_EQ(clock_nanosleep(clocks[i], TIMER_ABSTIME, &t, NULL), 0);
	}
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	t = in_ms(CLOCK_MONOTONIC, 50000);
	CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, &left), EINTR);
	setitimer(ITIMER_REAL, &off, NULL);
	CHECK(left.tv_sec == 7 && left.tv_nsec == 7);
	CHECK_EQ(sys4(SYS_clock_nanosleep, 99, 0, &t, NULL), -EINVAL);
	CHECK_EQ(sys4(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &t, NULL),
		 -EOPNOTSUPP);
	CHECK_EQ(sys4(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, BAD_HIGH, NULL), -EFAULT);
	t.tv_nsec = -1;
	CHECK_EQ(sys4(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &t, NULL), -EINVAL);
	return TEST_RESULT;
}
