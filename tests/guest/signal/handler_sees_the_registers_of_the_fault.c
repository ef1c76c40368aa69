/* All registers of the faulting instruction are in the ucontext, and can be changed there. */
#include "../test.h"
#include <signal.h>
#include <ucontext.h>

static greg_t seen[NGREG];

extern const char fault_at[], fault_after[];

static void handler(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	memcpy(seen, uc->uc_mcontext.gregs, sizeof(seen));
	uc->uc_mcontext.gregs[REG_RIP] = (greg_t)fault_after;
	uc->uc_mcontext.gregs[REG_RAX] = 0x5151;
	uc->uc_mcontext.gregs[REG_R9] = 0x5252;
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	long rax = 0, r9 = 0;

	sigaction(SIGSEGV, &sa, NULL);
	__asm__ volatile("mov $101, %%eax; mov $103, %%ecx; mov $104, %%edx; mov $105, %%esi;"
			 "mov $0x123, %%edi; mov $108, %%r8d; mov $109, %%r9d;"
			 "mov $110, %%r10d; mov $111, %%r11d; mov $112, %%r12d;"
			 "mov $113, %%r13d; mov $114, %%r14d; mov $115, %%r15d\n"
			 "fault_at: movb $1, (%%rdi)\n"
			 "ud2\n"
			 "fault_after: mov %%rax, %0; mov %%r9, %1"
			 : "=m"(rax), "=m"(r9)
			 :
			 : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
			   "r13", "r14", "r15", "memory");
	CHECK_EQ(rax, 0x5151);
	CHECK_EQ(r9, 0x5252);
	CHECK_EQ(seen[REG_RIP], fault_at);
	CHECK_EQ(seen[REG_RAX], 101);
	CHECK_EQ(seen[REG_RCX], 103);
	CHECK_EQ(seen[REG_RDX], 104);
	CHECK_EQ(seen[REG_RSI], 105);
	CHECK_EQ(seen[REG_RDI], 0x123);
	for (int i = 0; i < 8; i++)
		CHECK_EQ(seen[REG_R8 + i], 108 + i);
	CHECK_EQ(seen[REG_CR2], 0x123);
	CHECK_EQ(seen[REG_TRAPNO], 14);
	CHECK_EQ(seen[REG_ERR], 6); /* user, write, not present */
	CHECK_EQ(seen[REG_CSGSFS] & 0xffff, 0x33);
	return TEST_RESULT;
}
