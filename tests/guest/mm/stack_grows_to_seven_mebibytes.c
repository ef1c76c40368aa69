/* The main stack grows on demand up to its 8 MiB limit, in big steps as well. */
#include "../test.h"
#include <sys/resource.h>

static int __attribute__((noinline)) deep(int n)
{
	volatile char frame[4000];

	frame[0] = (char)n;
	frame[3999] = 1;
	return n == 0 ? frame[3999] : deep(n - 1) + frame[3999];
}

int main(void)
{
	struct rlimit limit;

	REQUIRE(getrlimit(RLIMIT_STACK, &limit) == 0);
	CHECK(limit.rlim_cur >= 8 << 20);
	CHECK_EQ(deep(1750), 1751);
	volatile char *big = __builtin_alloca(7 << 20);
	big[0] = 1;
	big[(7 << 20) - 1] = 2;
	CHECK_EQ(big[0] + big[(7 << 20) - 1], 3);
	return TEST_RESULT;
}
