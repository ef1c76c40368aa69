/* The default action of SIGHUP is death, and the status says so. */
//expect: signal 1
#include "../test.h"
#include <signal.h>

int main(void)
{
	kill(getpid(), SIGHUP);
	return 3;
}
