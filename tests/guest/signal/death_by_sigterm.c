/* The default action of SIGTERM is death, and the status says so. */
//expect: signal 15
#include "../test.h"
#include <signal.h>

int main(void)
{
	kill(getpid(), SIGTERM);
	return 3;
}
