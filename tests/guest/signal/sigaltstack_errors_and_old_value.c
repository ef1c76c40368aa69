/* sigaltstack: too small, bad flags, bad pointers; the old one comes back. */
#include "../test.h"
#include <signal.h>
#include <sys/syscall.h>

static char stack[65536];

int main(void)
{
	stack_t ss = { .ss_sp = stack, .ss_size = 1024 }, old;

	REQUIRE(sigaltstack(NULL, &old) == 0);
	CHECK_EQ(old.ss_flags, SS_DISABLE);
	CHECK_EQ(old.ss_size, 0);
	CHECK_ERR(sigaltstack(&ss, NULL), ENOMEM);
	ss.ss_size = sizeof(stack);
	ss.ss_flags = 0x10;
	CHECK_ERR(sigaltstack(&ss, NULL), EINVAL);
	CHECK_EQ(sys2(SYS_sigaltstack, BAD_HIGH, NULL), -EFAULT);
	CHECK_EQ(sys2(SYS_sigaltstack, BAD_LOW, NULL), -EFAULT);
	ss.ss_flags = 0;
	CHECK_EQ(sys2(SYS_sigaltstack, &ss, BAD_HIGH), -EFAULT);
	/* Linux: set all the same */
	CHECK_EQ(sigaltstack(NULL, &old), 0);
	CHECK(old.ss_sp == stack && old.ss_size == sizeof(stack) && old.ss_flags == 0);
	ss = (stack_t){ .ss_flags = SS_DISABLE };
	CHECK_EQ(sigaltstack(&ss, &old), 0);
	CHECK(old.ss_sp == stack);
	CHECK_EQ(sigaltstack(NULL, &old), 0);
	CHECK_EQ(old.ss_flags, SS_DISABLE);
	/* SS_ONSTACK is tolerated as an input flag */
	ss = (stack_t){ .ss_sp = stack, .ss_size = sizeof(stack), .ss_flags = SS_ONSTACK };
	CHECK_EQ(sigaltstack(&ss, NULL), 0);
	CHECK_EQ(sigaltstack(NULL, &old), 0);
	CHECK_EQ(old.ss_flags, 0);
	return TEST_RESULT;
}
