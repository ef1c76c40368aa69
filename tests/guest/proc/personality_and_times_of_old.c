/* personality query, getpgrp, getdtablesize, ustat-era calls that libcs still make. */
#include "../test.h"
#include <sys/personality.h>
#include <sys/syscall.h>

int main(void)
{
	CHECK_EQ(personality(0xffffffff), PER_LINUX);
	CHECK_EQ(personality(PER_LINUX), PER_LINUX);
	CHECK(getdtablesize() >= 256);
	CHECK(sys0(SYS_getpgrp) >= 0);
	CHECK_EQ(sys1(SYS_restart_syscall, 0), -EINTR);
	return TEST_RESULT;
}
