/* rdfsbase, wrgsbase and friends, where AT_HWCAP2 offers them. */
//cflags: -mfsgsbase
#include "../test.h"
#include <asm/prctl.h>
#include <immintrin.h>
#include <sys/auxv.h>
#include <sys/syscall.h>

static unsigned long area[3][8] = { { 0, 10 }, { 0, 20 }, { 0, 30 } };

static unsigned long gs_word(void)
{
	unsigned long value;

	__asm__ volatile("mov %%gs:8, %0" : "=r"(value)::"memory");
	return value;
}

int main(void)
{
	unsigned long base, fs;

	if (!(getauxval(AT_HWCAP2) & 2))
		skip("AT_HWCAP2 does not offer FSGSBASE");
	CHECK_EQ(_readgsbase_u64(), 0);
	fs = _readfsbase_u64();
	CHECK_EQ(sys2(SYS_arch_prctl, ARCH_GET_FS, &base), 0);
	CHECK_EQ(base, fs);
	for (int i = 0; i < 300; i++) {
		unsigned long *mine = area[i % 3];

		_writegsbase_u64((unsigned long)mine);
		CHECK_EQ(gs_word(), mine[1]);
		CHECK(getpid() > 0);
		CHECK_EQ(gs_word(), mine[1]);
		CHECK_EQ(_readgsbase_u64(), mine);
		CHECK_EQ(sys2(SYS_arch_prctl, ARCH_GET_GS, &base), 0);
		CHECK_EQ(base, mine);
		mine = area[(i + 1) % 3];
		CHECK_EQ(sys2(SYS_arch_prctl, ARCH_SET_GS, mine), 0);
		CHECK_EQ(_readgsbase_u64(), mine);
		CHECK_EQ(_readfsbase_u64(), fs);
	}
	return TEST_RESULT;
}
