/* kill, raise, tgkill and tkill to oneself: handled before the call returns. */
#include "../test.h"
#include <signal.h>
#include <sys/syscall.h>

static volatile int count, last, code, sender;

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)context;
	count++;
	last = sig;
	code = info->si_code;
	sender = info->si_pid;
	CHECK_EQ(info->si_signo, sig);
	CHECK_EQ(info->si_errno, 0);
	CHECK_EQ(info->si_uid, getuid());
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };

	for (int sig = 1; sig <= 64; sig++) {
		if (sig == SIGKILL || sig == SIGSTOP || sig == 32 || sig == 33)
			continue;
		REQUIRE(sigaction(sig, &sa, NULL) == 0);
		count = sender = 0;
		CHECK_EQ(kill(getpid(), sig), 0);
		CHECK_EQ(count, 1);
		CHECK_EQ(last, sig);
		CHECK_EQ(code, SI_USER);
		CHECK_EQ(sender, getpid());
	}
	sender = 0;
	CHECK_EQ(raise(SIGUSR1), 0);
	CHECK_EQ(code, SI_TKILL);
	CHECK_EQ(sender, getpid());
	CHECK_EQ(sys3(SYS_tgkill, getpid(), gettid(), SIGUSR2), 0);
	CHECK_EQ(last, SIGUSR2);
	CHECK_EQ(code, SI_TKILL);
	CHECK_EQ(sys2(SYS_tkill, gettid(), SIGUSR1), 0);
	CHECK_EQ(last, SIGUSR1);
	CHECK_EQ(code, SI_TKILL);
	CHECK_EQ(count, 4);
	return TEST_RESULT;
}
