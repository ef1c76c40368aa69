/* Bases in the kernel half are refused with EPERM and leave the old base. */
#include "../test.h"
#include <asm/prctl.h>
#include <sys/syscall.h>

static unsigned long area[8];

int main(void)
{
	static const unsigned long bad[] = { 0x7ffffffff000, 0x800000000000,
					     0xffff800000000000, ~0UL, 0xffffffffff600000 };
	unsigned long base;

	CHECK_EQ(sys2(SYS_arch_prctl, ARCH_SET_GS, area), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_EQ(sys2(SYS_arch_prctl, ARCH_SET_GS, bad[i]), -EPERM);
		CHECK_EQ(sys2(SYS_arch_prctl, ARCH_SET_FS, bad[i]), -EPERM);
	}
	CHECK_EQ(sys2(SYS_arch_prctl, ARCH_GET_GS, &base), 0);
	CHECK_EQ(base, area);
	CHECK_EQ(sys2(SYS_arch_prctl, ARCH_SET_GS, 0x7fffffffeff8), 0);
	CHECK_EQ(sys2(SYS_arch_prctl, ARCH_GET_GS, &base), 0);
	CHECK_EQ(base, 0x7fffffffeff8);
	CHECK_EQ(sys2(SYS_arch_prctl, ARCH_SET_GS, 0xdead0000), 0);
	CHECK_EQ(sys2(SYS_arch_prctl, ARCH_GET_GS, &base), 0);
	CHECK_EQ(base, 0xdead0000);
	return TEST_RESULT;
}
