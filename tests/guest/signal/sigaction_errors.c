/* Bad numbers, bad sizes, bad pointers; EFAULT on the old action comes after the change. */
#include "../test.h"
#include <signal.h>
#include <sys/syscall.h>

struct kernel_action {
	unsigned long handler, flags, restorer, mask;
};

static long act(long sig, const void *new, void *old, size_t size)
{
	return sys4(SYS_rt_sigaction, sig, new, old, size);
}

int main(void)
{
	struct kernel_action ign = { 1, 0, 0, 0 }, old = { 9, 9, 9, 9 };

	CHECK_EQ(act(0, NULL, NULL, 8), -EINVAL);
	CHECK_EQ(act(-1, NULL, NULL, 8), -EINVAL);
	CHECK_EQ(act(65, NULL, NULL, 8), -EINVAL);
	CHECK_EQ(act(SIGUSR1, &ign, NULL, 4), -EINVAL);
	CHECK_EQ(act(SIGUSR1, &ign, NULL, 16), -EINVAL);
	CHECK_EQ(act(SIGKILL, &ign, NULL, 8), -EINVAL);
	CHECK_EQ(act(SIGSTOP, &ign, NULL, 8), -EINVAL);
	CHECK_EQ(act(SIGKILL, NULL, &old, 8), 0);
	CHECK_EQ(old.handler, 0);
	CHECK_EQ(act(64, NULL, NULL, 8), 0);
	CHECK_EQ(act(SIGUSR1, BAD_HIGH, NULL, 8), -EFAULT);
	CHECK_EQ(act(SIGUSR1, BAD_LOW, NULL, 8), -EFAULT);
	CHECK_EQ(act(SIGUSR1, NULL, &old, 8), 0);
	CHECK_EQ(old.handler, 0);
	CHECK_EQ(act(SIGUSR1, &ign, BAD_HIGH, 8), -EFAULT);
	CHECK_EQ(act(SIGUSR1, NULL, &old, 8), 0);
	CHECK_EQ(old.handler, 1);
	return TEST_RESULT;
}
