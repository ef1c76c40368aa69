/*
 * TF over a loop with calls: one SIGTRAP after each instruction, the one after `syscall`
 * included, with TRAP_TRACE and the address of the next instruction.
 */
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "../test.h"

#define STEPS_MAX 4000

static volatile int steps;
static unsigned short offset[STEPS_MAX];
static unsigned long start;
static volatile int wrong_code, tf_lost;

extern const char step_begin[], step_end[];

static void on_trap(int sig, siginfo_t *info, void *context)
{
	greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)sig;
	if (info->si_code != TRAP_TRACE || (uintptr_t)info->si_addr != (uintptr_t)g[REG_RIP])
		wrong_code++;
	if (!(g[REG_EFL] & 0x100))
		tf_lost++;
	if (steps < STEPS_MAX)
		offset[steps++] = (unsigned short)((unsigned long)g[REG_RIP] - start);
	if ((uintptr_t)g[REG_RIP] == (uintptr_t)step_end)
		g[REG_EFL] &= ~0x100;
}

/* rounds times getpid(); the value is the sum of what it returned. */
static long __attribute__((noinline)) stepped(long rounds)
{
	long sum = 0;

	__asm__ volatile("pushfq\n"
			 "orl $0x100, (%%rsp)\n"
			 "popfq\n"
			 "step_begin:\n"
			 "1: movl %[nr], %%eax\n"
			 "syscall\n"
			 "addq %%rax, %[sum]\n"
			 "decq %[n]\n"
			 "jnz 1b\n"
			 "step_end: nop\n"
			 : [sum] "+r"(sum), [n] "+r"(rounds)
			 : [nr] "i"(SYS_getpid)
			 : "rax", "rcx", "r11", "cc", "memory");
	return sum;
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };

	start = (unsigned long)step_begin;
	sigaction(SIGTRAP, &sa, NULL);
	/* Once without, so that the site is known to whoever learns sites. */
	for (int round = 0; round < 3; round++) {
		steps = 0;
		CHECK_EQ(stepped(40), 40L * getpid());
		CHECK_EQ(wrong_code, 0);
		CHECK_EQ(tf_lost, 0);
		printf("%d steps:", steps);
		for (int i = 0; i < 12 && i < steps; i++)
			printf(" %d", offset[i]);
		printf("\n");
	}
	/* The count is what an unstepped run of the same site does not change. */
	for (int i = 0; i < 100; i++)
		getpid();
	steps = 0;
	CHECK_EQ(stepped(1), getpid());
	printf("%d steps at the end\n", steps);
	return TEST_RESULT;
}
