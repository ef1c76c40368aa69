/* The child of clone sees the parent's registers but rax = 0 and its own rsp. */
#include "../test.h"
#include <linux/futex.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

struct seen {
	unsigned long rbx, rbp, rdi, rsi, rdx, r8, r9, r10, r12, r13, r14, r15, rsp, rax;
};
struct seen seen_regs;
int clone_word = 1;

long clone_and_look(void *stack);
__asm__(".text\n"
	"clone_and_look:\n"
	"	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
	"	mov %rdi, %rsi\n"
	"	mov $0x3d0f00, %edi\n" /* what pthread_create uses, TLS shared */
	"	lea clone_word(%rip), %rdx\n"
	"	mov %rdx, %r10\n"
	"	mov $0x21, %ebx; mov $0x22, %ebp; mov $0x23, %r12d; mov $0x24, %r13d\n"
	"	mov $0x25, %r14d; mov $0x26, %r15d; mov %fs:0, %r8; mov $0x28, %r9d\n"
	"	mov $56, %eax\n"
	"	syscall\n"
	"	test %rax, %rax\n"
	"	jnz 1f\n"
	"	mov %rbx, seen_regs(%rip); mov %rbp, seen_regs+8(%rip)\n"
	"	mov %rdi, seen_regs+16(%rip); mov %rsi, seen_regs+24(%rip)\n"
	"	mov %rdx, seen_regs+32(%rip); mov %r8, seen_regs+40(%rip)\n"
	"	mov %r9, seen_regs+48(%rip); mov %r10, seen_regs+56(%rip)\n"
	"	mov %r12, seen_regs+64(%rip); mov %r13, seen_regs+72(%rip)\n"
	"	mov %r14, seen_regs+80(%rip); mov %r15, seen_regs+88(%rip)\n"
	"	mov %rsp, seen_regs+96(%rip); mov %rax, seen_regs+104(%rip)\n"
	"	mov $60, %eax\n"
	"	syscall\n"
	"1:	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
	"	ret\n");

int main(void)
{
	char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	long tid;
	int now;

	REQUIRE(stack != MAP_FAILED);
	tid = clone_and_look(stack + 65536);
	REQUIRE(tid > 0);
	while ((now = __atomic_load_n(&clone_word, __ATOMIC_SEQ_CST)) != 0)
		sys4(SYS_futex, &clone_word, FUTEX_WAIT, now, NULL);
	CHECK_EQ(seen_regs.rax, 0);
	CHECK_EQ(seen_regs.rsp, stack + 65536);
	CHECK_EQ(seen_regs.rbx, 0x21);
	CHECK_EQ(seen_regs.rbp, 0x22);
	CHECK_EQ(seen_regs.r12, 0x23);
	CHECK_EQ(seen_regs.r13, 0x24);
	CHECK_EQ(seen_regs.r14, 0x25);
	CHECK_EQ(seen_regs.r15, 0x26);
	CHECK_EQ(seen_regs.r9, 0x28);
	CHECK_EQ(seen_regs.rdi, 0x3d0f00);
	CHECK_EQ(seen_regs.rsi, stack + 65536);
	CHECK_EQ(seen_regs.rdx, &clone_word);
	CHECK_EQ(seen_regs.r10, &clone_word);
	return TEST_RESULT;
}
