/*
 * The stack in a handler: rsp = 16n+8, the restorer as return address, below the red
 * zone, rdi rsi rdx as promised, fpstate 64-aligned with its magic words.
 */
#include "../test.h"
#include <signal.h>
#include <ucontext.h>

struct seen {
	unsigned long rsp, rdi, rsi, rdx, rax, flags, ret;
};
struct seen seen;
static unsigned long rsp_before;

void raw_handler(void);
__asm__(".text\n"
	"raw_handler:\n"
	"	pushfq; pop seen+40(%rip)\n"
	"	mov %rsp, seen(%rip); mov %rdi, seen+8(%rip); mov %rsi, seen+16(%rip)\n"
	"	mov %rdx, seen+24(%rip); mov %rax, seen+32(%rip)\n"
	"	mov (%rsp), %rcx; mov %rcx, seen+48(%rip)\n"
	"	sub $8, %rsp\n"
	"	call look_at_frame\n"
	"	add $8, %rsp\n"
	"	ret\n");

void look_at_frame(int sig, siginfo_t *info, ucontext_t *uc);

void look_at_frame(int sig, siginfo_t *info, ucontext_t *uc)
{
	const unsigned char *fp = (const void *)uc->uc_mcontext.fpregs;
	uint32_t magic1, extended, xsave_size, magic2;
	uint64_t features;

	CHECK_EQ(sig, SIGUSR1);
	CHECK_EQ(seen.rsp % 16, 8);
	CHECK_EQ((unsigned long)uc, seen.rsp + 8);
	CHECK_EQ((unsigned long)info, seen.rsp + 8 + 304);
	CHECK_EQ(seen.rdi, SIGUSR1);
	CHECK_EQ(seen.rsi, info);
	CHECK_EQ(seen.rdx, uc);
	CHECK_EQ(seen.rax, 0);
	CHECK_EQ(seen.flags & 0x400, 0);
	CHECK((unsigned long)fp + 512 <= rsp_before - 128);
	CHECK_EQ((unsigned long)fp % 64, 0);
	CHECK_EQ(uc->uc_link, 0);
	CHECK(uc->uc_flags & 2); /* UC_SIGCONTEXT_SS */
	CHECK_EQ((uint64_t)uc->uc_mcontext.gregs[REG_CSGSFS] >> 48, 0x2b);
	memcpy(&magic1, fp + 464, 4);
	memcpy(&extended, fp + 468, 4);
	memcpy(&features, fp + 472, 8);
	memcpy(&xsave_size, fp + 480, 4);
	if (uc->uc_flags & 1) { /* UC_FP_XSTATE */
		CHECK_EQ(magic1, 0x46505853);
		CHECK(xsave_size >= 576 && extended == xsave_size + 4);
		CHECK_EQ(features & 3, 3);
		memcpy(&magic2, fp + xsave_size, 4);
		CHECK_EQ(magic2, 0x46505845);
	}
}

struct kernel_action {
	void (*handler)(void);
	unsigned long flags;
	void *restorer;
	unsigned long mask;
};

#include <sys/syscall.h>

void my_restorer(void);
__asm__("my_restorer: mov $15, %eax; syscall; hlt");

int main(void)
{
	struct kernel_action act = { raw_handler, SA_SIGINFO | 0x04000000, my_restorer, 0 };

	CHECK_EQ(sys4(SYS_rt_sigaction, SIGUSR1, &act, NULL, 8), 0);
	for (int i = 0; i < 16; i++) {
		/* every stack alignment */
		volatile char *pad = __builtin_alloca(16 + (size_t)i * 8);

		pad[0] = 1;
		__asm__ volatile("mov %%rsp, %0" : "=m"(rsp_before));
		raise(SIGUSR1);
		CHECK_EQ(seen.ret, my_restorer);
		CHECK(seen.rsp < rsp_before);
	}
	return TEST_RESULT;
}
