/* Mapping, unmapping and protecting at and above TASK_SIZE fail as on Linux. */
#include "../test.h"
#include <sys/mman.h>
#include <sys/syscall.h>

static long map_fixed(unsigned long addr, unsigned long len)
{
	return sys6(SYS_mmap, (long)addr, (long)len, PROT_READ,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

int main(void)
{
	static const unsigned long addr[] = { 0x7ffffffff000, 0x800000000000,
					      0xffff800000000000, 0xfffffffffffff000,
					      0xffffffffff600000 };

	for (size_t i = 0; i < sizeof(addr) / sizeof(addr[0]); i++) {
		CHECK_EQ(map_fixed(addr[i], PAGE), -ENOMEM);
		CHECK_EQ(sys2(SYS_munmap, addr[i], PAGE), -EINVAL);
		CHECK_EQ(sys3(SYS_mprotect, addr[i], PAGE, PROT_READ), -ENOMEM);
		CHECK_EQ(sys3(SYS_msync, addr[i], PAGE, MS_ASYNC), -ENOMEM);
	}
	CHECK_EQ(map_fixed(0x7fffffffe000, 2 * PAGE), -ENOMEM);
	CHECK_EQ(sys2(SYS_munmap, 0x7fffffffe000, 2 * PAGE), -EINVAL);
	CHECK_EQ(sys2(SYS_munmap, 0x1000, 0x800000000000), -EINVAL);
	CHECK_EQ(sys2(SYS_munmap, 0x1000, ~0UL), -EINVAL);
	CHECK_EQ(sys3(SYS_mprotect, 0x10000, ~0UL - PAGE, PROT_READ), -ENOMEM);
	return TEST_RESULT;
}
