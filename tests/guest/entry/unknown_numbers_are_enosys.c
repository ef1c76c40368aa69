/* Numbers no x86-64 kernel has: -1, huge, gaps, and x32 numbers. */
#include "../test.h"
#include <limits.h>

int main(void)
{
	static const long numbers[] = {
		-1, -2, INT_MAX, INT_MIN, 0x7fffffffL, 387, 400, 423, 1000, 4000, 65535,
		0x40000000, 0x40000000 | 39, 0x40000000 | 512, 0x40000000 | 4000, 0x80000000L,
		0x80000000L | 39, 0xffffffffL, 0x10000000, 0x20000027,
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		long ret = sys6(numbers[i], 1, 2, 3, 4, 5, 6);

		if (ret != -ENOSYS)
			test_fail("number %#lx gave %ld", numbers[i], ret);
	}
	return TEST_RESULT;
}
