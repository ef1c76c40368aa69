/* ARCH_GET_FS and ARCH_GET_GS into nowhere. */
#include "../test.h"
#include <asm/prctl.h>
#include <sys/syscall.h>

int main(void)
{
	CHECK_EQ(sys2(SYS_arch_prctl, ARCH_GET_FS, NULL), -EFAULT);
	CHECK_EQ(sys2(SYS_arch_prctl, ARCH_GET_GS, NULL), -EFAULT);
	CHECK_EQ(sys2(SYS_arch_prctl, ARCH_GET_FS, BAD_HIGH), -EFAULT);
	CHECK_EQ(sys2(SYS_arch_prctl, ARCH_GET_GS, BAD_EDGE), -EFAULT);
	return TEST_RESULT;
}
