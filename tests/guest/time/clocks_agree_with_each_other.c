/* time, gettimeofday, CLOCK_REALTIME by vDSO and by call; all within a second. */
//build: static dynamic
#include "../test.h"
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

int main(void)
{
	struct timespec a, b, coarse;
	struct timeval tv;
	time_t t, stored = 0;

	for (int i = 0; i < 100; i++) {
		CHECK_EQ(sys2(SYS_clock_gettime, CLOCK_REALTIME, &a), 0);
		CHECK_EQ(gettimeofday(&tv, NULL), 0);
		CHECK_EQ(clock_gettime(CLOCK_REALTIME, &b), 0);
		t = time(&stored);
		CHECK_EQ(t, stored);
		CHECK_EQ(sys1(SYS_time, &stored), stored);
		CHECK(stored - a.tv_sec <= 1 && stored + 1 >= a.tv_sec);
		CHECK(tv.tv_usec >= 0 && tv.tv_usec < 1000000);
		CHECK(tv.tv_sec > a.tv_sec ||
		      (tv.tv_sec == a.tv_sec && tv.tv_usec >= a.tv_nsec / 1000));
		CHECK(b.tv_sec > tv.tv_sec ||
		      (b.tv_sec == tv.tv_sec && b.tv_nsec / 1000 >= tv.tv_usec));
		CHECK_EQ(clock_gettime(CLOCK_REALTIME_COARSE, &coarse), 0);
		CHECK(labs(coarse.tv_sec - b.tv_sec) <= 1);
		CHECK_EQ(sys2(SYS_gettimeofday, &tv, NULL), 0);
	}
	CHECK(a.tv_sec > 1600000000);
	return TEST_RESULT;
}
