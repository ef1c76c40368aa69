/* rseq: glibc registers it where the kernel has it; wrong sizes and double use are errors. */
#include "../test.h"
#include <sys/syscall.h>

int main(void)
{
	static char area[64] __attribute__((aligned(32)));
	long ret = sys4(SYS_rseq, area, 32, 0, 0x12345678);

	/* registered by libc already (EINVAL), or not served at all */
	CHECK(ret == -EINVAL || ret == -ENOSYS || ret == -EBUSY);
	if (ret == -ENOSYS)
		return TEST_RESULT;
	CHECK_EQ(sys4(SYS_rseq, area, 31, 0, 0x12345678), -EINVAL);
	CHECK_EQ(sys4(SYS_rseq, area + 1, 32, 0, 0x12345678), -EINVAL);
	CHECK_EQ(sys4(SYS_rseq, area, 32, 0x80, 0x12345678), -EINVAL);
	return TEST_RESULT;
}
