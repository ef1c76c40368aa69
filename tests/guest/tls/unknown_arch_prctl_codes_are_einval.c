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
	ret = sys2(SYS_arch_prctl, 0x1012, 1); /* ARCH_SET_CPUID */
	CHECK(sys2(SYS_arch_prctl, 0x1012, 0) == ret);
	CHECK(ret == 0 || ret == -ENODEV || ret == -EINVAL);
	sys2(SYS_arch_prctl, 0x1012, 1);
	return TEST_RESULT;
}
