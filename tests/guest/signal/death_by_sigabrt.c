/* The default action of SIGABRT is death, and the status says so. */
//expect: signal 6
#include "../test.h"
#include <signal.h>

int main(void)
{
	kill(getpid(), SIGABRT);
	return 3;
}
