/* sigqueue to oneself: SI_QUEUE with value; forged kernel codes are refused for others. */
#include "../test.h"
#include <signal.h>
#include <sys/syscall.h>

static volatile long value;
static volatile int code;

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	value = (long)info->si_value.sival_ptr;
	code = info->si_code;
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	union sigval v = { .sival_ptr = (void *)0x123456789abc };
	siginfo_t info = { .si_code = -60 };

	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGRTMIN, &sa, NULL);
	CHECK_EQ(sigqueue(getpid(), SIGUSR1, v), 0);
	CHECK_EQ(value, 0x123456789abc);
	CHECK_EQ(code, SI_QUEUE);
	CHECK_EQ(sigqueue(getpid(), SIGRTMIN, v), 0);
	CHECK_EQ(code, SI_QUEUE);
	CHECK_ERR(sigqueue(0x3ffffff0, SIGUSR1, v), ESRCH);
	CHECK_ERR(sigqueue(getpid(), 65, v), EINVAL);
	info.si_value.sival_int = 77;
	CHECK_EQ(sys3(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &info), 0);
	CHECK_EQ(code, -60);
	CHECK_EQ((int)value, 77);
	CHECK_EQ(sys3(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, BAD_HIGH), -EFAULT);
	info.si_code = -61;
	CHECK_EQ(sys4(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGUSR1, &info), 0);
	CHECK_EQ(code, -61);
	return TEST_RESULT;
}
