/* rsp points nowhere and a push faults: with SA_ONSTACK the handler runs all the same. */
#include "../test.h"
#include <signal.h>
#include <ucontext.h>

static char stack[65536];
static volatile int on_alternate;
extern const char bad_push_done[];

static void handler(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	char here;

	(void)sig;
	(void)info;
	on_alternate = &here >= stack && &here < stack + sizeof(stack);
	CHECK_EQ(uc->uc_mcontext.gregs[REG_RSP], 0x1000);
	uc->uc_mcontext.gregs[REG_RIP] = (greg_t)bad_push_done;
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };

	sigaltstack(&alt, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	for (int i = 0; i < 5; i++) {
		on_alternate = 0;
		__asm__ volatile("mov %%rsp, %%rbx; mov $0x1000, %%rsp; push %%rax; ud2\n"
				 ".globl bad_push_done; bad_push_done: mov %%rbx, %%rsp"
				 ::: "rbx", "memory");
		CHECK_EQ(on_alternate, 1);
	}
	return TEST_RESULT;
}
