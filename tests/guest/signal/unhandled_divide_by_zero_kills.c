/* SIGFPE without a handler ends the process by that signal. */
//expect: signal 8
#include "../test.h"

int main(void)
{
	__asm__ volatile("xor %%ecx, %%ecx; mov $1, %%eax; cltd; idivl %%ecx"
			 ::: "eax", "ecx", "edx", "cc");
	return 0;
}
