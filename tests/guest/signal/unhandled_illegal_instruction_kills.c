/* SIGILL without a handler ends the process by that signal. */
//expect: signal 4
#include "../test.h"

int main(void)
{
	__asm__ volatile("ud2");
	return 0;
}
