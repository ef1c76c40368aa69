/* In a handler: old mask, sa_mask and the signal itself are blocked; afterwards not. */
#include "../test.h"
#include <signal.h>
#include <ucontext.h>

static volatile int depth, deepest, second;
static sigset_t seen, saved;

static void on_usr2(int sig)
{
	(void)sig;
	second++;
}

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)info;
	if (++depth > deepest)
		deepest = depth;
	sigprocmask(SIG_BLOCK, NULL, &seen);
	saved = ((ucontext_t *)context)->uc_sigmask;
	raise(SIGUSR2);
	CHECK_EQ(second, 0);
	if (deepest < 2 && depth == 1)
		raise(sig);
	depth--;
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	sigset_t now;

	signal(SIGUSR2, on_usr2);
	sigemptyset(&sa.sa_mask);
	sigaddset(&sa.sa_mask, SIGUSR2);
	sigaction(SIGUSR1, &sa, NULL);
	sigemptyset(&now);
	sigaddset(&now, SIGHUP);
	sigprocmask(SIG_SETMASK, &now, NULL);
	deepest = 2;
	raise(SIGUSR1);
	CHECK_EQ(second, 1);
	CHECK(sigismember(&seen, SIGUSR1) && sigismember(&seen, SIGUSR2) &&
	      sigismember(&seen, SIGHUP) && !sigismember(&seen, SIGTERM));
	CHECK(sigismember(&saved, SIGHUP) && !sigismember(&saved, SIGUSR1) &&
	      !sigismember(&saved, SIGUSR2));
	sigprocmask(SIG_BLOCK, NULL, &now);
	CHECK(sigismember(&now, SIGHUP) && !sigismember(&now, SIGUSR1) &&
	      !sigismember(&now, SIGUSR2));
	return TEST_RESULT;
}
