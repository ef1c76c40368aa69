/* capget: version negotiation and errors. */
#include "../test.h"
#include <linux/capability.h>
#include <sys/syscall.h>

int main(void)
{
	struct __user_cap_header_struct header = { 0x12345678, 0 };
	struct __user_cap_data_struct data[2];

	CHECK_EQ(sys2(SYS_capget, &header, data), -EINVAL);
	CHECK_EQ(header.version, _LINUX_CAPABILITY_VERSION_3);
	CHECK_EQ(sys2(SYS_capget, &header, NULL), 0);
	CHECK_EQ(sys2(SYS_capget, &header, data), 0);
	CHECK_EQ(sys2(SYS_capget, BAD_HIGH, data), -EFAULT);
	CHECK_EQ(sys2(SYS_capget, &header, BAD_HIGH), -EFAULT);
	header.pid = 0x3ffffff0;
	CHECK_EQ(sys2(SYS_capget, &header, data), -ESRCH);
	return TEST_RESULT;
}
