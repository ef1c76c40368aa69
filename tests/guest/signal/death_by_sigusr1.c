/* The default action of SIGUSR1 is death, and the status says so. */
//expect: signal 10
#include "../test.h"
#include <signal.h>

int main(void)
{
	kill(getpid(), SIGUSR1);
	return 3;
}
