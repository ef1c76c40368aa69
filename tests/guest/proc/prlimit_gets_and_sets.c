/* getrlimit, setrlimit, prlimit64: every resource, errors, effect on later reads. */
#include "../test.h"
#include <sys/resource.h>
#include <sys/syscall.h>

int main(void)
{
	struct rlimit old, limit, now;

	for (int i = 0; i < 16; i++) {
		CHECK_EQ(getrlimit(i, &limit), 0);
		CHECK(limit.rlim_cur <= limit.rlim_max);
		CHECK_EQ(sys4(SYS_prlimit64, 0, i, NULL, &now), 0);
		CHECK(memcmp(&limit, &now, sizeof(now)) == 0);
	}
	CHECK_EQ(sys2(SYS_getrlimit, 16, &limit), -EINVAL);
	CHECK_EQ(sys4(SYS_prlimit64, 0, 16, NULL, &limit), -EINVAL);
	CHECK_EQ(sys4(SYS_prlimit64, 0x3ffffff0, 3, NULL, &limit), -ESRCH);
	CHECK_EQ(sys4(SYS_prlimit64, 0, 3, BAD_HIGH, NULL), -EFAULT);
	CHECK_EQ(sys4(SYS_prlimit64, 0, 3, NULL, BAD_HIGH), -EFAULT);
	CHECK_EQ(sys2(SYS_getrlimit, 3, NULL), -EFAULT);
	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
	limit = (struct rlimit){ 100, 50 };
	CHECK_ERR(setrlimit(RLIMIT_NOFILE, &limit), EINVAL);
	limit = (struct rlimit){ 100, old.rlim_max };
	CHECK_EQ(sys4(SYS_prlimit64, getpid(), RLIMIT_NOFILE, &limit, &now), 0);
	CHECK_EQ(now.rlim_cur, old.rlim_cur);
	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &now), 0);
	CHECK_EQ(now.rlim_cur, 100);
	CHECK_EQ(sysconf(_SC_OPEN_MAX), 100);
	CHECK_EQ(getrlimit(RLIMIT_STACK, &limit), 0);
	CHECK_EQ(limit.rlim_cur, 8 << 20);
	return TEST_RESULT;
}
