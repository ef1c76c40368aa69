/* Timers on the caller's thread clock, by its name and by its number: they expire, not early. */
#include "../test.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>

#define LIMIT_NS 20000000

static volatile sig_atomic_t got;
static atomic_bool stop;

static void caught(int sig)
{
	got = sig;
}

static long long thread_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

/* The timer is the caller's; busy loops until it is told, or for 20 s of its own. */
static void expires(int clock, int flags)
{
	struct itimerspec when = { .it_value.tv_nsec = LIMIT_NS };
	long long start = thread_ns(), end = start + LIMIT_NS;
	int timer;

	got = 0;
	if (flags & TIMER_ABSTIME) {
		when.it_value.tv_sec = end / 1000000000;
		when.it_value.tv_nsec = end % 1000000000;
	}
	REQUIRE(sys3(SYS_timer_create, clock, NULL, &timer) == 0);
	CHECK_EQ(sys4(SYS_timer_settime, timer, flags, &when, NULL), 0);
	while (!got && thread_ns() - start < 20000000000ll)
		;
	CHECK_EQ(got, SIGALRM);
	CHECK(thread_ns() >= end);
	CHECK_EQ(sys1(SYS_timer_delete, timer), 0);
}

static void all_clocks(void)
{
	expires(CLOCK_THREAD_CPUTIME_ID, 0);
	expires(CLOCK_THREAD_CPUTIME_ID, TIMER_ABSTIME);
	expires((int)(~0u << 3) | 4 | 2, 0);  /* the thread with number 0: the caller */
	expires((int)(~(unsigned)gettid() << 3) | 4 | 2, 0);
}

/* What it uses does not count for the others. */
static void *burn(void *unused)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	while (!atomic_load(&stop))
		;
	return unused;
}

static void *second(void *unused)
{
	all_clocks();
	return unused;
}

int main(void)
{
	pthread_t t, burner;

	signal(SIGALRM, caught);
	all_clocks();
	REQUIRE(pthread_create(&burner, NULL, burn, NULL) == 0);
	expires(CLOCK_THREAD_CPUTIME_ID, 0);
	REQUIRE(pthread_create(&t, NULL, second, NULL) == 0);
	pthread_join(t, NULL);
	atomic_store(&stop, true);
	pthread_join(burner, NULL);
	return TEST_RESULT;
}
