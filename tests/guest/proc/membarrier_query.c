/* membarrier: the query, registration before use, unknown commands. */
#include "../test.h"
#include <linux/membarrier.h>
#include <sys/syscall.h>

int main(void)
{
	long mask = sys3(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);

	if (mask == -ENOSYS)
		skip("the host has no membarrier");
	CHECK(mask > 0);
	CHECK_EQ(sys3(SYS_membarrier, 1 << 30, 0, 0), -EINVAL);
	CHECK_EQ(sys3(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0x80, 0), -EINVAL);
	if (mask & MEMBARRIER_CMD_PRIVATE_EXPEDITED) {
		CHECK_EQ(sys3(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0), -EPERM);
		CHECK_EQ(sys3(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0), 0);
		CHECK_EQ(sys3(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0), 0);
	}
	return TEST_RESULT;
}
