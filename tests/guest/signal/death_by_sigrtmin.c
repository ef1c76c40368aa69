/* The default action of SIGRTMIN is death, and the status says so. */
//expect: signal 34
#include "../test.h"
#include <signal.h>

int main(void)
{
	kill(getpid(), SIGRTMIN);
	return 3;
}
