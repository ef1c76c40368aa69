/* The raw calls with null and bad pointers. */
#include "../test.h"
#include <sys/syscall.h>
#include <sys/time.h>

int main(void)
{
	struct timezone tz = { 5, 5 };
	struct timeval tv;

	CHECK_EQ(sys2(SYS_gettimeofday, NULL, NULL), 0);
	CHECK_EQ(sys2(SYS_gettimeofday, &tv, &tz), 0);
	CHECK_EQ(tz.tz_minuteswest, 0);
	CHECK_EQ(sys2(SYS_gettimeofday, BAD_HIGH, NULL), -EFAULT);
	CHECK_EQ(sys2(SYS_gettimeofday, NULL, BAD_HIGH), -EFAULT);
	CHECK_EQ(sys1(SYS_time, BAD_LOW), -EFAULT);
	CHECK_EQ(sys1(SYS_time, BAD_HIGH), -EFAULT);
	CHECK(sys1(SYS_time, NULL) > 1600000000);
	return TEST_RESULT;
}
