/* A fault in a program that owns GS: handler and program see its GS, not another. */
#include "../test.h"
#include <asm/prctl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static unsigned long area[8] = { 0, 333 };
static char *page;
static volatile unsigned long seen;

static unsigned long gs_word(void)
{
	unsigned long value;

	__asm__ volatile("mov %%gs:8, %0" : "=r"(value)::"memory");
	return value;
}

static void on_fault(int sig)
{
	(void)sig;
	seen = gs_word();
	mprotect(page, PAGE, PROT_READ | PROT_WRITE);
}

int main(void)
{
	page = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sys2(SYS_arch_prctl, ARCH_SET_GS, area);
	signal(SIGSEGV, on_fault);
	for (int i = 0; i < 10; i++) {
		area[1]++;
		mprotect(page, PAGE, PROT_NONE);
		*(volatile char *)page = 1;
		CHECK_EQ(seen, area[1]);
		CHECK_EQ(gs_word(), area[1]);
	}
	return TEST_RESULT;
}
