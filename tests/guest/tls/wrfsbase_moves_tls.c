/* A program that switches FS itself with wrfsbase, as coroutine libraries do. */
//build: bare
//cflags: -mfsgsbase
#include "../raw.h"
#include <asm/prctl.h>

static unsigned long area[2][4] = { { 0, 1 }, { 0, 2 } };

int raw_main(unsigned long *stack)
{
	unsigned long *aux = stack + 1 + stack[0] + 1, base, value, hwcap2 = 0;

	while (*aux++ != 0)
		;
	for (; aux[0] != 0; aux += 2)
		if (aux[0] == 26)
			hwcap2 = aux[1];
	if (!(hwcap2 & 2))
		return 77;
	for (int i = 0; i < 1000; i++) {
		unsigned long *mine = area[i & 1];

		__asm__ volatile("wrfsbase %0" ::"r"(mine) : "memory");
		RAW_CHECK(raw0(__NR_getpid) > 0);
		__asm__ volatile("mov %%fs:8, %0" : "=r"(value)::"memory");
		RAW_CHECK(value == mine[1]);
		RAW_CHECK(raw2(__NR_arch_prctl, ARCH_GET_FS, &base) == 0);
		RAW_CHECK(base == (unsigned long)mine);
	}
	return 0;
}
