/*
 * regs.h - a call with every general register and the flags chosen, and read after.
 */
#ifndef TEST_REGS_H
#define TEST_REGS_H

#include <stdint.h>

struct all_regs {
	uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t flags;
};

enum {
	FLAG_CF = 0x1, FLAG_PF = 0x4, FLAG_AF = 0x10, FLAG_ZF = 0x40, FLAG_SF = 0x80,
	FLAG_TF = 0x100, FLAG_IF = 0x200, FLAG_DF = 0x400, FLAG_OF = 0x800,
	FLAG_AC = 0x40000, FLAG_ID = 0x200000,
	FLAGS_STATUS = FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF,
};

/* Loads all of *r, executes `syscall`, stores all of *r. */
void syscall_with_regs(struct all_regs *r);
extern const char after_syscall_with_regs[]; /* the instruction behind the syscall */

__asm__(".text\n"
	".globl syscall_with_regs, after_syscall_with_regs\n"
	"syscall_with_regs:\n"
	"	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
	"	push %rdi\n"
	"	push 120(%rdi)\n"
	"	popfq\n"
	"	mov 0(%rdi), %rax; mov 8(%rdi), %rbx; mov 16(%rdi), %rcx\n"
	"	mov 24(%rdi), %rdx; mov 32(%rdi), %rsi; mov 48(%rdi), %rbp\n"
	"	mov 56(%rdi), %r8; mov 64(%rdi), %r9; mov 72(%rdi), %r10\n"
	"	mov 80(%rdi), %r11; mov 88(%rdi), %r12; mov 96(%rdi), %r13\n"
	"	mov 104(%rdi), %r14; mov 112(%rdi), %r15; mov 40(%rdi), %rdi\n"
	"	syscall\n"
	"after_syscall_with_regs:\n"
	"	pushfq\n"
	"	push %rax\n"
	"	mov 16(%rsp), %rax\n"
	"	mov %rbx, 8(%rax); mov %rcx, 16(%rax); mov %rdx, 24(%rax)\n"
	"	mov %rsi, 32(%rax); mov %rdi, 40(%rax); mov %rbp, 48(%rax)\n"
	"	mov %r8, 56(%rax); mov %r9, 64(%rax); mov %r10, 72(%rax)\n"
	"	mov %r11, 80(%rax); mov %r12, 88(%rax); mov %r13, 96(%rax)\n"
	"	mov %r14, 104(%rax); mov %r15, 112(%rax)\n"
	"	pop %rbx; mov %rbx, 0(%rax)\n"
	"	pop %rbx; mov %rbx, 120(%rax)\n"
	"	push $2\n"
	"	popfq\n"
	"	pop %rdi\n"
	"	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
	"	ret\n"
	"	.section .note.GNU-stack,\"\",@progbits\n"
	"	.text\n");

#endif
