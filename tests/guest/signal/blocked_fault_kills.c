/* A fault whose signal is blocked cannot wait: the process dies of it. */
//expect: signal 11
#include "../test.h"
#include <signal.h>

static void handler(int sig)
{
	(void)sig;
	_exit(5);
}

int main(void)
{
	sigset_t set;

	signal(SIGSEGV, handler);
	sigemptyset(&set);
	sigaddset(&set, SIGSEGV);
	sigprocmask(SIG_BLOCK, &set, NULL);
	*(volatile int *)0x10 = 1;
	return 6;
}
