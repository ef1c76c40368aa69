/* A program that owns GS and never sets FS, as Cosmopolitan programs are. */
//build: bare bare-pie
#include "../raw.h"
#include <asm/prctl.h>

static unsigned long area[16];

static unsigned long gs_get(long offset)
{
	unsigned long value;

	__asm__ volatile("mov %%gs:(%1), %0" : "=r"(value) : "r"(offset) : "memory");
	return value;
}

static void gs_put(long offset, unsigned long value)
{
	__asm__ volatile("mov %0, %%gs:(%1)" ::"r"(value), "r"(offset) : "memory");
}

int raw_main(unsigned long *stack)
{
	unsigned long base = 77;

	(void)stack;
	RAW_CHECK(raw2(__NR_arch_prctl, ARCH_GET_GS, &base) == 0);
	RAW_CHECK(base == 0);
	RAW_CHECK(raw2(__NR_arch_prctl, ARCH_SET_GS, area) == 0);
	gs_put(0x30, 0);
	for (unsigned long i = 0; i < 20000; i++) {
		gs_put(0x30, gs_get(0x30) + 1);
		RAW_CHECK(raw0(__NR_getpid) > 0);
		RAW_CHECK(gs_get(0x30) == i + 1);
		RAW_CHECK(area[6] == i + 1);
		RAW_CHECK(raw1(__NR_close, -1) == -9);
	}
	RAW_CHECK(raw2(__NR_arch_prctl, ARCH_GET_GS, &base) == 0);
	RAW_CHECK(base == (unsigned long)area);
	RAW_CHECK(raw2(__NR_arch_prctl, ARCH_GET_FS, &base) == 0);
	RAW_CHECK(base == 0);
	return 0;
}
