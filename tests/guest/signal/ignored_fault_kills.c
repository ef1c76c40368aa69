/* A fault whose signal is ignored cannot be skipped: the process dies of it. */
//expect: signal 11
#include "../test.h"
#include <signal.h>

int main(void)
{
	signal(SIGSEGV, SIG_IGN);
	*(volatile int *)0x10 = 1;
	return 6;
}
