/*
 * int $0x80 asks for the 32-bit ABI. Hosts differ: served, SIGSEGV without it; a kernel
 * that refuses may say ENOSYS or SIGSYS. What counts: nothing else happens.
 */
#include "../test.h"
#include <setjmp.h>
#include <signal.h>

static sigjmp_buf back;

static void on_signal(int sig)
{
	siglongjmp(back, sig);
}

int main(void)
{
	int sig = sigsetjmp(back, 1);
	long ret = -ENOSYS;

	if (sig == 0) {
		signal(SIGSEGV, on_signal);
		signal(SIGSYS, on_signal);
		/* 32-bit getpid is 20, which in 64-bit numbering is writev */
		__asm__ volatile("int $0x80"
				 : "=a"(ret)
				 : "a"(20), "b"(1), "c"(0), "d"(0)
				 : "r8", "r9", "r10", "r11", "memory");
		CHECK((int)ret == getpid() || ret == -ENOSYS);
	} else {
		CHECK(sig == SIGSEGV || sig == SIGSYS);
	}
	CHECK(getpid() > 0);
	return TEST_RESULT;
}
