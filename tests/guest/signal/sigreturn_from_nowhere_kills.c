/* rt_sigreturn with rsp at unmapped memory is death by SIGSEGV. */
//expect: signal 11
#include "../test.h"
#include <sys/syscall.h>

int main(void)
{
	__asm__ volatile("mov $0x1000, %%rsp; mov %0, %%eax; syscall; mov $231, %%eax;"
			 "mov $3, %%edi; syscall" ::"i"(SYS_rt_sigreturn));
	return 4;
}
