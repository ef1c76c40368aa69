/* abort() runs a returning handler and then dies of SIGABRT all the same. */
//expect: signal 6
//build: static dynamic musl
#include "../test.h"
#include <signal.h>

static void handler(int sig)
{
	(void)sig;
	if (write(1, "handled\n", 8) != 8)
		_exit(5);
}

int main(void)
{
	signal(SIGABRT, handler);
	abort();
}
