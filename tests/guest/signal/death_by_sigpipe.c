/* The default action of SIGPIPE is death, and the status says so. */
//expect: signal 13
#include "../test.h"
#include <signal.h>

int main(void)
{
	kill(getpid(), SIGPIPE);
	return 3;
}
