/* mov to %gs or %fs of the null selector: allowed, and clears the base. */
//build: bare
#include "../raw.h"
#include <asm/prctl.h>

static unsigned long area[8];

int raw_main(unsigned long *stack)
{
	unsigned long base;

	(void)stack;
	RAW_CHECK(raw2(__NR_arch_prctl, ARCH_SET_GS, area) == 0);
	__asm__ volatile("xor %%eax, %%eax\n\tmov %%eax, %%gs" ::: "eax", "memory");
	for (int i = 0; i < 100; i++)
		RAW_CHECK(raw0(__NR_getpid) > 0);
	RAW_CHECK(raw2(__NR_arch_prctl, ARCH_SET_GS, area) == 0);
	RAW_CHECK(raw2(__NR_arch_prctl, ARCH_GET_GS, &base) == 0);
	RAW_CHECK(base == (unsigned long)area);
	__asm__ volatile("xor %%eax, %%eax\n\tmov %%eax, %%fs" ::: "eax", "memory");
	RAW_CHECK(raw0(__NR_getpid) > 0);
	RAW_CHECK(raw2(__NR_arch_prctl, ARCH_SET_FS, area) == 0);
	RAW_CHECK(raw0(__NR_getpid) > 0);
	return 0;
}
