/* Flag combinations Linux refuses, before anything is created. */
#include "../test.h"
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

static long try(unsigned long flags)
{
	static char stack[4096] __attribute__((aligned(16)));

	return sys5(SYS_clone, flags, stack + sizeof(stack), NULL, NULL, 0);
}

int main(void)
{
	static const struct {
		unsigned long flags;
		int error;
	} cases[] = {
		{ CLONE_THREAD, EINVAL },
		{ CLONE_THREAD | CLONE_VM, EINVAL },
		{ CLONE_SIGHAND, EINVAL },
		{ CLONE_THREAD | CLONE_SIGHAND, EINVAL },
		{ CLONE_NEWNS | CLONE_FS, EINVAL },
		{ CLONE_NEWUSER | CLONE_FS, EINVAL },
		{ CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_NEWPID, EINVAL },
	};
	unsigned long args[8] = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (try(cases[i].flags) != -cases[i].error)
			test_fail("case %zu", i);
	CHECK_EQ(sys2(SYS_clone3, NULL, 64), -EFAULT);
	CHECK_EQ(sys2(SYS_clone3, args, 8), -EINVAL);
	CHECK_EQ(sys2(SYS_clone3, args, 0), -EINVAL);
	CHECK_EQ(sys2(SYS_clone3, BAD_HIGH, 64), -EFAULT);
	CHECK_EQ(sys2(SYS_clone3, args, 1 << 20), -E2BIG);
	args[0] = CLONE_THREAD;
	CHECK_EQ(sys2(SYS_clone3, args, 64), -EINVAL);
	args[0] = 0x01; /* part of the signal number in clone, refused by clone3 */
	CHECK_EQ(sys2(SYS_clone3, args, 64), -EINVAL);
	return TEST_RESULT;
}
