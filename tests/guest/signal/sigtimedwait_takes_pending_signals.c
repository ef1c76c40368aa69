/* sigtimedwait: pending first, EAGAIN on time-out, errors, info of what was taken. */
#include "../test.h"
#include <signal.h>
#include <sys/syscall.h>

int main(void)
{
	const struct timespec none = { 0, 0 }, short_time = { 0, 20000000 }, bad = { 0, -1 };
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	CHECK_ERR(sigtimedwait(&set, &info, &none), EAGAIN);
	CHECK_ERR(sigtimedwait(&set, &info, &short_time), EAGAIN);
	CHECK_ERR(sigtimedwait(&set, &info, &bad), EINVAL);
	CHECK_EQ(sys4(SYS_rt_sigtimedwait, BAD_HIGH, NULL, &none, 8), -EFAULT);
	CHECK_EQ(sys4(SYS_rt_sigtimedwait, &set, NULL, &none, 4), -EINVAL);
	kill(getpid(), SIGUSR1);
	CHECK_EQ(sigtimedwait(&set, &info, &none), SIGUSR1);
	CHECK_EQ(info.si_signo, SIGUSR1);
	CHECK_EQ(info.si_code, SI_USER);
	sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 99 });
	CHECK_EQ(sigwaitinfo(&set, &info), SIGRTMIN);
	CHECK_EQ(info.si_value.sival_int, 99);
	raise(SIGUSR1);
	CHECK_EQ(sigwaitinfo(&set, NULL), SIGUSR1);
	CHECK_ERR(sigtimedwait(&set, NULL, &none), EAGAIN);
	return TEST_RESULT;
}
