/* brk past 256 MiB, in steps and at once; what is given back is gone. */
#include "../test.h"
#include "../fault.h"
#include <sys/syscall.h>

static unsigned long set_brk(unsigned long to)
{
	return (unsigned long)sys1(SYS_brk, to);
}

int main(void)
{
	unsigned long start = set_brk(0), end = start + (300UL << 20);
	unsigned long page = (start + PAGE - 1) & ~(PAGE - 1);

	CHECK(start != 0);
	for (unsigned long at = start; at < end; at += 10UL << 20) {
		CHECK_EQ(set_brk(at + (10UL << 20)), at + (10UL << 20));
		memset((char *)at + (10UL << 20) - 64, 1, 64);
	}
	CHECK_EQ(set_brk(0), end);
	CHECK_EQ(fault_read((char *)((end + PAGE - 1) & ~(PAGE - 1))).sig, SIGSEGV);
	CHECK_EQ(set_brk(page + 8 * PAGE), page + 8 * PAGE);
	CHECK_EQ(fault_read((char *)page + 8 * PAGE - 1).sig, 0);
	CHECK_EQ(fault_read((char *)page + 8 * PAGE).sig, SIGSEGV);
	CHECK_EQ(set_brk(start), start);
	CHECK_EQ(set_brk(start + (1UL << 29)), start + (1UL << 29));
	CHECK_EQ(set_brk(start), start);
	return TEST_RESULT;
}
