/* Linux: a handler starts with default mxcsr and x87 control, whatever was interrupted. */
#include "../test.h"
#include <signal.h>

static volatile unsigned mxcsr_seen;
static volatile unsigned short control_seen;

static void handler(int sig)
{
	unsigned mxcsr;
	unsigned short control;

	(void)sig;
	__asm__ volatile("stmxcsr %0; fnstcw %1" : "=m"(mxcsr), "=m"(control));
	mxcsr_seen = mxcsr;
	control_seen = control;
}

int main(void)
{
	unsigned mxcsr = 0x7f80, after, normal = 0x1f80;
	unsigned short control = 0x0f7f, control_after;

	signal(SIGUSR1, handler);
	__asm__ volatile("ldmxcsr %0; fldcw %1" ::"m"(mxcsr), "m"(control));
	raise(SIGUSR1);
	__asm__ volatile("stmxcsr %0; fnstcw %1; fninit; ldmxcsr %2"
			 : "=m"(after), "=m"(control_after) : "m"(normal));
	CHECK_EQ(mxcsr_seen, 0x1f80);
	CHECK_EQ(control_seen, 0x37f);
	CHECK_EQ(after, 0x7f80);
	CHECK_EQ(control_after, 0x0f7f);
	return TEST_RESULT;
}
