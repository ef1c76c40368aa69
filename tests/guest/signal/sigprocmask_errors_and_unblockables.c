/* Bad how, size and pointers; SIGKILL and SIGSTOP silently stay unblocked. */
#include "../test.h"
#include <signal.h>
#include <sys/syscall.h>

static long mask(int how, const void *set, void *old, size_t size)
{
	return sys4(SYS_rt_sigprocmask, how, set, old, size);
}

int main(void)
{
	unsigned long all = ~0UL, old = 0, one = 1UL << (SIGUSR1 - 1);

	CHECK_EQ(mask(99, &all, NULL, 8), -EINVAL);
	CHECK_EQ(mask(99, NULL, &old, 8), 0);
	CHECK_EQ(mask(SIG_BLOCK, &all, NULL, 16), -EINVAL);
	CHECK_EQ(mask(SIG_BLOCK, &all, NULL, 4), -EINVAL);
	CHECK_EQ(mask(SIG_BLOCK, BAD_HIGH, NULL, 8), -EFAULT);
	CHECK_EQ(mask(SIG_SETMASK, NULL, BAD_LOW, 8), -EFAULT);
	CHECK_EQ(mask(SIG_BLOCK, NULL, &old, 8), 0);
	CHECK_EQ(old, 0);
	CHECK_EQ(mask(SIG_SETMASK, &all, NULL, 8), 0);
	CHECK_EQ(mask(SIG_BLOCK, NULL, &old, 8), 0);
	CHECK_EQ(old, (long)~(1UL << (SIGKILL - 1) | 1UL << (SIGSTOP - 1)));
	CHECK_EQ(mask(SIG_SETMASK, &one, NULL, 8), 0);
	/* the change happens although the old mask cannot be stored */
	CHECK_EQ(mask(SIG_UNBLOCK, &one, BAD_HIGH, 8), -EFAULT);
	CHECK_EQ(mask(SIG_BLOCK, NULL, &old, 8), 0);
	CHECK_EQ(old, 0);
	CHECK_EQ(sys2(SYS_rt_sigpending, &old, 16), -EINVAL);
	CHECK_EQ(sys2(SYS_rt_sigpending, BAD_HIGH, 8), -EFAULT);
	return TEST_RESULT;
}
