/* The default action of SIGKILL is death, and the status says so. */
//expect: signal 9
#include "../test.h"
#include <signal.h>

int main(void)
{
	kill(getpid(), SIGKILL);
	return 3;
}
