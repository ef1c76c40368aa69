/*
 * Fixed addresses that real programs take: Cosmopolitan's, sanitizers', runtimes'. The
 * kernel must not sit there. (A static-PIE, so that 0x400000 is free as well.)
 */
//build: static-pie
#include "../test.h"
#include "../fault.h"
#include <sys/mman.h>

int main(void)
{
	static const unsigned long addr[] = {
		0x10000, 0x200000, 0x400000, 0x4200000, 0x10000000, 0x7fff8000, 0x80000000,
		0x100000000, 0x6fe000000, 0x6fe000004, 0x10007fff8000, 0x100080000000,
		0x100080040000, 0x6fe000040000, 0x6fc000040000, 0x600000000000,
		0x6ffffff00000, 0x700000000000, 0x7e0000000000, 0xc000000000,
		0x10000000000, 0x1ffffff0000, 0x02008fff7000,
	};

	for (size_t i = 0; i < sizeof(addr) / sizeof(addr[0]); i++) {
		char *want = (char *)(addr[i] & ~(PAGE - 1));
		char *p = mmap(want, 65536, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

		if (p != want) {
			test_fail("%#lx: errno %d", addr[i], errno);
			continue;
		}
		memset(p, 0x5a, 65536);
		CHECK_EQ(p[65535], 0x5a);
		CHECK_EQ(munmap(p, 65536), 0);
		CHECK_EQ(fault_read(p).sig, SIGSEGV);
	}
	return TEST_RESULT;
}
