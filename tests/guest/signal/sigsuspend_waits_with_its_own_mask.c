/* sigsuspend: takes the pending signal, returns EINTR, puts the old mask back. */
#include "../test.h"
#include <signal.h>
#include <sys/syscall.h>

static volatile int count;

static void handler(int sig)
{
	(void)sig;
	count++;
}

int main(void)
{
	sigset_t blocked, none, now;

	CHECK_EQ(sys2(SYS_rt_sigsuspend, BAD_HIGH, 8), -EFAULT);
	CHECK_EQ(sys2(SYS_rt_sigsuspend, &none, 4), -EINVAL);
	signal(SIGUSR1, handler);
	sigemptyset(&none);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	for (int i = 0; i < 100; i++) {
		raise(SIGUSR1);
		CHECK_EQ(count, i);
		CHECK_ERR(sigsuspend(&none), EINTR);
		CHECK_EQ(count, i + 1);
		sigprocmask(SIG_BLOCK, NULL, &now);
		CHECK_EQ(sigismember(&now, SIGUSR1), 1);
	}
	return TEST_RESULT;
}
