/* SIGTRAP without a handler ends the process by that signal. */
//expect: signal 5
#include "../test.h"

int main(void)
{
	__asm__ volatile("int3");
	return 0;
}
