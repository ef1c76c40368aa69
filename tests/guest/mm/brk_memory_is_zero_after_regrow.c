/* Memory given back by brk and taken again reads zero. */
#include "../test.h"
#include <sys/syscall.h>

int main(void)
{
	unsigned long start = (unsigned long)sys1(SYS_brk, 0);
	unsigned long base = (start + PAGE - 1) & ~(PAGE - 1);
	char *p = (char *)base;

	CHECK_EQ(sys1(SYS_brk, base + 64 * PAGE), base + 64 * PAGE);
	for (size_t i = 0; i < 64 * PAGE; i++)
		if (p[i])
			test_fail("fresh byte %zu", i);
	memset(p, 0xee, 64 * PAGE);
	CHECK_EQ(sys1(SYS_brk, base + PAGE / 2), base + PAGE / 2);
	CHECK_EQ(sys1(SYS_brk, base + 64 * PAGE), base + 64 * PAGE);
	/* Linux gives back whole pages: the one the break cuts keeps its bytes */
	CHECK_EQ((unsigned char)p[PAGE - 1], 0xee);
	for (size_t i = PAGE; i < 64 * PAGE; i++)
		if (p[i])
			test_fail("regrown byte %zu", i);
	return TEST_RESULT;
}
