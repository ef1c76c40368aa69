/* No handler: a wild store ends the process by SIGSEGV, after the output before it. */
//expect: signal 11
#include "../test.h"

int main(void)
{
	puts("before");
	fflush(stdout);
	*(volatile int *)0x10 = 1;
	puts("after");
	return 0;
}
