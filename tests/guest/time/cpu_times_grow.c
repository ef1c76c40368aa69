/* times, getrusage, clock, CLOCK_*_CPUTIME_ID: grow while computing; errors. */
#include "../test.h"
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/times.h>
#include <time.h>

static long cpu_ns(clockid_t clock)
{
	struct timespec t;

	CHECK_EQ(clock_gettime(clock, &t), 0);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

int main(void)
{
	struct rusage before, after;
	struct tms tms;
	clock_t start = clock();

	CHECK_EQ(getrusage(RUSAGE_SELF, &before), 0);
	while (cpu_ns(CLOCK_PROCESS_CPUTIME_ID) < 60000000)
		for (volatile int i = 0; i < 100000; i++)
			;
	CHECK_EQ(getrusage(RUSAGE_SELF, &after), 0);
	CHECK(after.ru_utime.tv_sec * 1000000L + after.ru_utime.tv_usec +
	      after.ru_stime.tv_sec * 1000000L + after.ru_stime.tv_usec >
	      before.ru_utime.tv_sec * 1000000L + before.ru_utime.tv_usec);
	CHECK(after.ru_maxrss > 0);
	CHECK(clock() > start);
	CHECK(times(&tms) != (clock_t)-1);
	CHECK(tms.tms_utime + tms.tms_stime >= 1);
	CHECK(tms.tms_cutime == 0 && tms.tms_cstime == 0);
	CHECK(cpu_ns(CLOCK_THREAD_CPUTIME_ID) > 10000000);
	CHECK(sys1(SYS_times, NULL) > 0);
	CHECK_EQ(sys1(SYS_times, BAD_HIGH), -EFAULT);
	CHECK_EQ(getrusage(RUSAGE_THREAD, &after), 0);
	CHECK_EQ(getrusage(RUSAGE_CHILDREN, &after), 0);
	CHECK_EQ(after.ru_utime.tv_sec + after.ru_utime.tv_usec, 0);
	CHECK_ERR(getrusage(99, &after), EINVAL);
	CHECK_EQ(sys2(SYS_getrusage, RUSAGE_SELF, BAD_HIGH), -EFAULT);
	return TEST_RESULT;
}
