/* Relative for WAIT, absolute for WAIT_BITSET on both clocks; a past time-out is immediate. */
#include "../test.h"
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>

static long ms_between(const struct timespec *a, const struct timespec *b)
{
	return (b->tv_sec - a->tv_sec) * 1000 + (b->tv_nsec - a->tv_nsec) / 1000000;
}

static struct timespec from_now(clockid_t clock, long ms)
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
	static int word;
	struct timespec start, end, timeout = { 0, 30000000 }, past = { 1, 0 };

	clock_gettime(CLOCK_MONOTONIC, &start);
	CHECK_EQ(sys4(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &timeout), -ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &end);
	CHECK(ms_between(&start, &end) >= 29);
	timeout = from_now(CLOCK_MONOTONIC, 30);
	CHECK_EQ(sys6(SYS_futex, (long)&word, FUTEX_WAIT_BITSET, 0, (long)&timeout, 0, -1),
		 -ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &end);
	CHECK(ms_between(&timeout, &end) >= 0);
	timeout = from_now(CLOCK_REALTIME, 30);
	CHECK_EQ(sys6(SYS_futex, (long)&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0,
		      (long)&timeout, 0, -1), -ETIMEDOUT);
	clock_gettime(CLOCK_REALTIME, &end);
	CHECK(ms_between(&timeout, &end) >= 0);
	CHECK_EQ(sys6(SYS_futex, (long)&word, FUTEX_WAIT_BITSET, 0, (long)&past, 0, -1),
		 -ETIMEDOUT);
	timeout = (struct timespec){ 0, 0 };
	CHECK_EQ(sys4(SYS_futex, &word, FUTEX_WAIT, 0, &timeout), -ETIMEDOUT);
	return TEST_RESULT;
}
