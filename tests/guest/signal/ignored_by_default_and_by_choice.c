/* SIGCHLD, SIGURG, SIGWINCH, SIGCONT do nothing by default; SIG_IGN drops pending ones. */
#include "../test.h"
#include <signal.h>

static volatile int count;

static void handler(int sig)
{
	(void)sig;
	count++;
}

int main(void)
{
	sigset_t set, pending;

	kill(getpid(), SIGCHLD);
	kill(getpid(), SIGURG);
	kill(getpid(), SIGWINCH);
	kill(getpid(), SIGCONT);
	signal(SIGTERM, SIG_IGN);
	kill(getpid(), SIGTERM);
	signal(SIGUSR1, handler);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	signal(SIGUSR1, SIG_IGN);
	sigpending(&pending);
	CHECK_EQ(sigismember(&pending, SIGUSR1), 0);
	signal(SIGUSR1, handler);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	CHECK_EQ(count, 0);
	return TEST_RESULT;
}
