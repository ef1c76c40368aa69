/* The stack pointer is nowhere when a handler should run: death by SIGSEGV. */
//expect: signal 11
#include "../test.h"
#include <signal.h>
#include <sys/syscall.h>

static void handler(int sig)
{
	(void)sig;
	_exit(5);
}

int main(void)
{
	signal(SIGUSR1, handler);
	__asm__ volatile("mov $0x1000, %%rsp; syscall; mov $60, %%eax;"
			 "mov $6, %%edi; syscall" ::"a"(SYS_tkill), "D"(gettid()),
			 "S"(SIGUSR1) : "rcx", "r11");
	return 7;
}
