/* clock_gettime and clock_getres for each clock: sane, monotone, refused for bad ids. */
#include "../test.h"
#include <sys/syscall.h>
#include <time.h>

int main(void)
{
	static const clockid_t clocks[] = {
		CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID,
		CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE,
		CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_TAI,
	};
	struct timespec t, last, res;

	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		CHECK_EQ(sys2(SYS_clock_gettime, clocks[i], &last), 0);
		for (int k = 0; k < 1000; k++) {
			if (k & 1)
				CHECK_EQ(clock_gettime(clocks[i], &t), 0);
			else
				CHECK_EQ(sys2(SYS_clock_gettime, clocks[i], &t), 0);
			CHECK(t.tv_nsec >= 0 && t.tv_nsec < 1000000000 && t.tv_sec >= 0);
			if (t.tv_sec < last.tv_sec ||
			    (t.tv_sec == last.tv_sec && t.tv_nsec < last.tv_nsec)) {
				test_fail("clock %d went back", clocks[i]);
				break;
			}
			last = t;
		}
		CHECK_EQ(clock_getres(clocks[i], &res), 0);
		CHECK(res.tv_sec == 0 && res.tv_nsec >= 1 && res.tv_nsec <= 10000000);
		CHECK_EQ(sys2(SYS_clock_getres, clocks[i], NULL), 0);
	}
	CHECK_EQ(sys2(SYS_clock_gettime, 99, &t), -EINVAL);
	CHECK_EQ(sys2(SYS_clock_gettime, 15, &t), -EINVAL);
	CHECK_EQ(sys2(SYS_clock_getres, 99, &t), -EINVAL);
	CHECK_EQ(sys2(SYS_clock_gettime, CLOCK_REALTIME, BAD_HIGH), -EFAULT);
	CHECK_EQ(sys2(SYS_clock_gettime, CLOCK_MONOTONIC, NULL), -EFAULT);
	CHECK_EQ(sys2(SYS_clock_getres, CLOCK_MONOTONIC, BAD_LOW), -EFAULT);
	return TEST_RESULT;
}
