/*
 * The rewritten entry: where the stubs of patched syscall instructions jump to.
 *
 * A stub has put the address after the instruction into rcx and clobbered r11, as the
 * instruction itself would have; everything else, flags and stack included, is the guest's.
 * %gs leads to the thread as long as the guest leaves it alone, which is tested first,
 * without touching the guest's stack and with the flags kept in ax. A signal that arrives
 * before the stack is switched finds the kernel's text and an empty kernel stack.
 */
#include "kernel/x86_64/offsets.h"

	.text
	.globl rewrite_entry
	.hidden rewrite_entry
	.type rewrite_entry, @function
rewrite_entry:
	mov	%rax, %r11
	lahf
	seto	%al
	.globl rewrite_entry_check
	.hidden rewrite_entry_check
rewrite_entry_check:
	cmpl	$THREAD_MAGIC, %gs:THREAD_MAGIC_AT
	jne	rewrite_entry_lost
	add	$0x7f, %al		/* overflows exactly if the flag was set */
	sahf
	mov	%r11, %rax
	mov	%rsp, %gs:THREAD_EXIT_SP
	mov	%gs:THREAD_KSTACK, %rsp
	push	$0x2b			/* ss: struct regs, from its end */
	push	%gs:THREAD_EXIT_SP
	pushfq
	push	$0x33			/* cs */
	push	%rcx			/* ip */
	push	%rax			/* orig_ax */
	push	%rdi
	push	%rsi
	push	%rdx
	push	%rcx
	push	%rax
	push	%r8
	push	%r9
	push	%r10
	pushq	REGS_FLAGS-REGS_R10(%rsp) /* r11 */
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	cld
	testl	$0x40000, REGS_FLAGS(%rsp) /* AC would make our own accesses fault */
	jnz	1f
2:	mov	%rsp, %rdi
	mov	%rsp, %rbx
	sub	$8, %rsp
	call	rewrite_syscall
	mov	%rbx, %rsp
	jmp	rewrite_exit_begin
1:	pushfq
	andl	$~0x40000, (%rsp)
	popfq
	jmp	2b
	.globl rewrite_entry_lost
	.hidden rewrite_entry_lost
rewrite_entry_lost:
	ud2				/* the fault handler takes over: see signal.c */

/*
 * Back to the guest with exactly the registers at rsp. A kick in [begin, jump) starts this
 * again at begin with rsp = the registers; at jump all registers are the guest's but rip.
 */
	.globl rewrite_exit_begin
	.hidden rewrite_exit_begin
rewrite_exit_begin:
	cmpl	$0, %gs:THREAD_WORK
	jne	3f
	mov	REGS_IP(%rsp), %rax
	mov	%rax, %gs:THREAD_EXIT_IP
	mov	REGS_SP(%rsp), %rax
	mov	%rax, %gs:THREAD_EXIT_SP
	pushq	REGS_FLAGS(%rsp)
	popfq
	mov	REGS_R15(%rsp), %r15
	mov	REGS_R14(%rsp), %r14
	mov	REGS_R13(%rsp), %r13
	mov	REGS_R12(%rsp), %r12
	mov	REGS_BP(%rsp), %rbp
	mov	REGS_BX(%rsp), %rbx
	mov	REGS_R11(%rsp), %r11
	mov	REGS_R10(%rsp), %r10
	mov	REGS_R9(%rsp), %r9
	mov	REGS_R8(%rsp), %r8
	mov	REGS_AX(%rsp), %rax
	mov	REGS_CX(%rsp), %rcx
	mov	REGS_DX(%rsp), %rdx
	mov	REGS_SI(%rsp), %rsi
	mov	REGS_DI(%rsp), %rdi
	mov	%gs:THREAD_EXIT_SP, %rsp
	.globl rewrite_exit_jump
	.hidden rewrite_exit_jump
rewrite_exit_jump:
	jmp	*%gs:THREAD_EXIT_IP
3:	mov	%rsp, %rdi
	mov	%rsp, %rbx
	sub	$8, %rsp
	call	rewrite_exit_work
	mov	%rbx, %rsp
	jmp	rewrite_exit_begin
	.size rewrite_entry, . - rewrite_entry

	.section .note.GNU-stack, "", @progbits
