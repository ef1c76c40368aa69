/*
 * Single-stepping over a call: SIGTRAP comes before it and after the instruction behind
 * it. (Linux: the call itself returns with the trap flag set by iret, which lets one
 * instruction run first.)
 */
#include "../test.h"
#include "../regs.h"
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>

static volatile int traps, at_call, behind, other_code;

static void on_trap(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	traps++;
	if (info->si_code != TRAP_TRACE)
		other_code++;
	if (uc->uc_mcontext.gregs[REG_RIP] == (greg_t)(after_syscall_with_regs - 2))
		at_call++;
	if (uc->uc_mcontext.gregs[REG_RIP] == (greg_t)(after_syscall_with_regs + 1))
		behind++;
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };
	struct all_regs r = { .rax = SYS_getpid, .rbx = 0x1234, .flags = 0x202 | FLAG_TF };

	sigaction(SIGTRAP, &sa, NULL);
	syscall_with_regs(&r);
	CHECK_EQ(r.rax, getpid());
	CHECK_EQ(r.rbx, 0x1234);
	CHECK_EQ(at_call, 1);
	CHECK_EQ(behind, 1);
	CHECK_EQ(other_code, 0);
	CHECK(r.flags & FLAG_TF);
	CHECK(traps > 20);
	return TEST_RESULT;
}
