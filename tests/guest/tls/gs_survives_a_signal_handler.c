/* GS set by the program is there in a handler, and after it; a change in it lasts. */
#include "../test.h"
#include <asm/prctl.h>
#include <signal.h>
#include <sys/syscall.h>

static unsigned long first[8] = { 0, 111 }, second[8] = { 0, 222 };
static volatile unsigned long seen;

static unsigned long gs_word(void)
{
	unsigned long value;

	__asm__ volatile("mov %%gs:8, %0" : "=r"(value)::"memory");
	return value;
}

static void look(int sig)
{
	(void)sig;
	seen = gs_word();
}

static void look_and_change(int sig)
{
	look(sig);
	sys2(SYS_arch_prctl, ARCH_SET_GS, second);
}

int main(void)
{
	sys2(SYS_arch_prctl, ARCH_SET_GS, first);
	signal(SIGUSR1, look);
	for (int i = 0; i < 100; i++) {
		first[1]++;
		raise(SIGUSR1);
		CHECK_EQ(seen, first[1]);
		CHECK_EQ(gs_word(), first[1]);
	}
	/* Linux: bases are no part of the frame, so the change survives sigreturn */
	signal(SIGUSR1, look_and_change);
	raise(SIGUSR1);
	CHECK_EQ(seen, first[1]);
	CHECK_EQ(gs_word(), 222);
	return TEST_RESULT;
}
