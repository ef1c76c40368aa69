/* Codes nobody defined. CPUID faulting answers truly or says ENODEV. */
#include "../test.h"
#include <sys/syscall.h>

int main(void)
{
	long ret;

	CHECK_EQ(sys2(SYS_arch_prctl, 0, 0), -EINVAL);
	CHECK_EQ(sys2(SYS_arch_prctl, -1, 0), -EINVAL);
	CHECK_EQ(sys2(SYS_arch_prctl, 0x1000, 0), -EINVAL);
	CHECK_EQ(sys2(SYS_arch_prctl, 0x1005, 0), -EINVAL);
	CHECK_EQ(sys2(SYS_arch_prctl, 0x3001, 0), -EINVAL); /* ARCH_CET_STATUS, never merged */
	CHECK_EQ(sys2(SYS_arch_prctl, 0x3003, 0), -EINVAL);
	CHECK_EQ(sys2(SYS_arch_prctl, 0x4fff, 0), -EINVAL);
	ret = sys2(SYS_arch_prctl, 0x1011, 0); /* ARCH_GET_CPUID */
	CHECK(ret == 1 || ret == -EINVAL);
	return TEST_RESULT;
}
