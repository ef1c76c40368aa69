/* The default action of SIGALRM is death, and the status says so. */
//expect: signal 14
#include "../test.h"
#include <signal.h>

int main(void)
{
	kill(getpid(), SIGALRM);
	return 3;
}
