/* A libc program (FS is its TLS) that takes GS as well. */
//build: static dynamic musl
#include "../test.h"
#include <asm/prctl.h>
#include <sys/syscall.h>

static __thread int mine = 42;
static unsigned long area[8] = { 0, 0x1234 };

int main(void)
{
	unsigned long base = 77, fs = 0, value;

	CHECK_EQ(sys2(SYS_arch_prctl, ARCH_GET_GS, &base), 0);
	CHECK_EQ(base, 0);
	CHECK_EQ(sys2(SYS_arch_prctl, ARCH_GET_FS, &fs), 0);
	__asm__ volatile("mov %%fs:0, %0" : "=r"(value));
	CHECK_EQ(value, fs);
	CHECK_EQ(sys2(SYS_arch_prctl, ARCH_SET_GS, area), 0);
	for (int i = 0; i < 1000; i++) {
		__asm__ volatile("mov %%gs:8, %0" : "=r"(value)::"memory");
		CHECK_EQ(value, 0x1234 + i);
		CHECK_EQ(mine, 42 + i);
		area[1]++;
		mine++;
		CHECK_ERR(close(-1), EBADF);
	}
	CHECK_EQ(sys2(SYS_arch_prctl, ARCH_GET_GS, &base), 0);
	CHECK_EQ(base, area);
	CHECK_EQ(sys2(SYS_arch_prctl, ARCH_SET_GS, 0), 0);
	CHECK_EQ(sys2(SYS_arch_prctl, ARCH_GET_GS, &base), 0);
	CHECK_EQ(base, 0);
	CHECK(getpid() > 0);
	return TEST_RESULT;
}
