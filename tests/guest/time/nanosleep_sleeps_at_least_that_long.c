/* nanosleep: no earlier than asked; zero; errors leave the remainder alone. */
#include "../test.h"
#include <sys/syscall.h>
#include <time.h>

int main(void)
{
	struct timespec t = { 0, 20000000 }, left = { 7, 7 }, start, end;

	clock_gettime(CLOCK_MONOTONIC, &start);
	CHECK_EQ(nanosleep(&t, &left), 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	CHECK((end.tv_sec - start.tv_sec) * 1000000000L + end.tv_nsec - start.tv_nsec >= 20000000);
	CHECK(left.tv_sec == 7 && left.tv_nsec == 7);
	t = (struct timespec){ 0, 0 };
	CHECK_EQ(nanosleep(&t, NULL), 0);
	t = (struct timespec){ 0, 1 };
	CHECK_EQ(nanosleep(&t, NULL), 0);
	t = (struct timespec){ 0, 1000000000 };
	CHECK_ERR(nanosleep(&t, &left), EINVAL);
	t = (struct timespec){ 0, -1 };
	CHECK_ERR(nanosleep(&t, &left), EINVAL);
	t = (struct timespec){ -1, 0 };
	CHECK_ERR(nanosleep(&t, &left), EINVAL);
	CHECK_EQ(sys2(SYS_nanosleep, NULL, NULL), -EFAULT);
	CHECK_EQ(sys2(SYS_nanosleep, BAD_HIGH, NULL), -EFAULT);
	CHECK(left.tv_sec == 7 && left.tv_nsec == 7);
	return TEST_RESULT;
}
