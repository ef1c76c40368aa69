/* Both bases set by the program, changed in turn, with calls in between. */
//build: bare bare-pie
#include "../raw.h"
#include <asm/prctl.h>

static unsigned long fs_area[2][4] = { { 1, 2 }, { 3, 4 } };
static unsigned long gs_area[2][4] = { { 5, 6 }, { 7, 8 } };

static unsigned long fs_word(void)
{
	unsigned long value;

	__asm__ volatile("mov %%fs:8, %0" : "=r"(value)::"memory");
	return value;
}

static unsigned long gs_word(void)
{
	unsigned long value;

	__asm__ volatile("mov %%gs:8, %0" : "=r"(value)::"memory");
	return value;
}

int raw_main(unsigned long *stack)
{
	unsigned long base;

	(void)stack;
	for (int i = 0; i < 2000; i++) {
		unsigned long *fs = fs_area[i & 1], *gs = gs_area[i >> 1 & 1];

		RAW_CHECK(raw2(__NR_arch_prctl, ARCH_SET_FS, fs) == 0);
		RAW_CHECK(raw2(__NR_arch_prctl, ARCH_SET_GS, gs) == 0);
		RAW_CHECK(fs_word() == fs[1] && gs_word() == gs[1]);
		RAW_CHECK(raw0(__NR_getpid) > 0);
		RAW_CHECK(raw0(__NR_sched_yield) == 0);
		RAW_CHECK(fs_word() == fs[1] && gs_word() == gs[1]);
		RAW_CHECK(raw2(__NR_arch_prctl, ARCH_GET_FS, &base) == 0);
		RAW_CHECK(base == (unsigned long)fs);
		RAW_CHECK(raw2(__NR_arch_prctl, ARCH_GET_GS, &base) == 0);
		RAW_CHECK(base == (unsigned long)gs);
	}
	return 0;
}
