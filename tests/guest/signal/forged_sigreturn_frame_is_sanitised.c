/*
 * rt_sigreturn on a frame the program wrote itself: used by coroutine switchers. Kernel
 * bits in flags and selectors are forced to user values.
 */
#include "../test.h"
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>

static volatile int arrived;
static char stack[16384] __attribute__((aligned(16)));
static volatile unsigned long flags_seen;

static void landing(void)
{
	unsigned long flags;

	__asm__ volatile("pushfq; pop %0" : "=r"(flags));
	flags_seen = flags;
	arrived++;
	CHECK_EQ(flags & 0x200, 0x200);
	CHECK_EQ(flags & 0x3000, 0); /* IOPL */
	_exit(TEST_RESULT ? 1 : 0);
}

int main(void)
{
	struct {
		ucontext_t uc;
	} frame = { 0 };
	greg_t *g = frame.uc.uc_mcontext.gregs;

	g[REG_RIP] = (greg_t)landing;
	g[REG_RSP] = (greg_t)(stack + sizeof(stack) - 8);
	g[REG_EFL] = 0x3002;
	g[REG_CSGSFS] = 0x33 | 0x2bUL << 48;
	frame.uc.uc_mcontext.fpregs = NULL;
	__asm__ volatile("mov %0, %%rsp; mov %1, %%eax; syscall; hlt" ::"r"(&frame),
			 "i"(SYS_rt_sigreturn) : "memory", "rax", "rcx", "r11");
	__builtin_unreachable();
}
