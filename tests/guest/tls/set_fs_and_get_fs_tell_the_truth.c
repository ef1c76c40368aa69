/* ARCH_SET_FS is visible through %fs and through ARCH_GET_FS. */
//build: bare bare-pie
#include "../raw.h"
#include <asm/prctl.h>

static unsigned long area[2][8] = { { 11, 12, 13 }, { 21, 22, 23 } };

static unsigned long fs_word(long offset)
{
	unsigned long value;

	__asm__ volatile("mov %%fs:(%1), %0" : "=r"(value) : "r"(offset) : "memory");
	return value;
}

int raw_main(unsigned long *stack)
{
	unsigned long base = 77;

	(void)stack;
	RAW_CHECK(raw2(__NR_arch_prctl, ARCH_GET_FS, &base) == 0);
	RAW_CHECK(base == 0);
	for (int i = 0; i < 100; i++) {
		RAW_CHECK(raw2(__NR_arch_prctl, ARCH_SET_FS, area[i & 1]) == 0);
		RAW_CHECK(fs_word(0) == area[i & 1][0]);
		RAW_CHECK(raw0(__NR_getpid) > 0);
		RAW_CHECK(fs_word(8) == area[i & 1][1]);
		RAW_CHECK(raw2(__NR_arch_prctl, ARCH_GET_FS, &base) == 0);
		RAW_CHECK(base == (unsigned long)area[i & 1]);
	}
	RAW_CHECK(raw2(__NR_arch_prctl, ARCH_SET_FS, 0) == 0);
	RAW_CHECK(raw2(__NR_arch_prctl, ARCH_GET_FS, &base) == 0);
	RAW_CHECK(base == 0);
	return 0;
}
