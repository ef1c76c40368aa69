/* SIGSEGV in the SIGSEGV handler (not SA_NODEFER): death. */
//expect: signal 11
#include "../test.h"
#include <signal.h>

static void handler(int sig)
{
	(void)sig;
	*(volatile int *)0x20 = 1;
	_exit(5);
}

int main(void)
{
	signal(SIGSEGV, handler);
	*(volatile int *)0x10 = 1;
	return 6;
}
