/* Linux takes the call number from eax; the upper half of rax does not count. */
#include "../test.h"
#include <sys/syscall.h>

int main(void)
{
	CHECK_EQ(sys0((long)0xdeadbeef00000000 | SYS_getpid), getpid());
	CHECK_EQ(sys0((long)0xffffffff00000000 | SYS_getpid), getpid());
	CHECK_EQ(sys0(0x100000000 | SYS_getpid), getpid());
	CHECK_EQ(sys1((long)0x8000000000000000 | SYS_close, -1), -EBADF);
	CHECK_EQ(sys0(0x100000000 | 4000), -ENOSYS);
	return TEST_RESULT;
}
