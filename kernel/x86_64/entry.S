/*
 * The rewritten entry: where the stubs of patched syscall instructions jump to.
 *
 * A stub has put the address after the instruction into rcx and clobbered r11, as the
 * instruction itself would have; everything else, flags and stack included, is the guest's.
 * %gs leads to the thread as long as the guest leaves it alone, which is tested first,
 * without touching the guest's stack or the flags. A signal that arrives before the stack is
 * switched finds the kernel's text and an empty kernel stack.
 *
 * Calls that only tell what the kernel knows (dispatch.c: syscall_quick) save no more than
 * what C clobbers.
 */
#include "kernel/x86_64/offsets.h"

/* Flags that sahf and an addition can load: the others take a popfq. */
#define FLAGS_PLAIN 0xad7		/* with IF and the bit that is always set */

/* What a quick call has saved, from rsp; from QUICK_IP on it is the end of a struct regs. */
#define QUICK_AX 8
#define QUICK_DI 16
#define QUICK_SI 24
#define QUICK_DX 32
#define QUICK_R8 40
#define QUICK_R9 48
#define QUICK_R10 56
#define QUICK_IP 64
#define QUICK_FLAGS 80

/* What a quick call has saved, and its result. */
	.macro load_quick
	mov	QUICK_R10(%rsp), %r10
	mov	QUICK_R9(%rsp), %r9
	mov	QUICK_R8(%rsp), %r8
	mov	QUICK_DX(%rsp), %rdx
	mov	QUICK_SI(%rsp), %rsi
	mov	QUICK_DI(%rsp), %rdi
	mov	QUICK_AX(%rsp), %rax
	.endm

/* The rest of struct regs; r11: the guest's rip. */
	.macro save_rest
	push	%rax			/* orig_ax */
	push	%rdi
	push	%rsi
	push	%rdx
	push	%r11			/* cx */
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
	.endm

/* The status flags from eax, which holds plain flags; clobbers rax. */
	.macro load_plain_flags
	mov	%al, %cl		/* SF ZF AF PF CF */
	shr	$11, %eax
	and	$1, %al
	mov	%cl, %ah
	add	$0x7f, %al		/* overflows exactly if the flag was set */
	sahf
	.endm

	.text
	.globl rewrite_entry
	.hidden rewrite_entry
	.type rewrite_entry, @function
rewrite_entry:
	mov	%rcx, %r11
	.globl rewrite_entry_check
	.hidden rewrite_entry_check
rewrite_entry_check:
	mov	%gs:THREAD_MAGIC_AT, %ecx
	lea	-THREAD_MAGIC(%rcx), %ecx
	jrcxz	1f
	jmp	rewrite_entry_lost
1:	mov	%rsp, %gs:THREAD_EXIT_SP
	mov	%gs:THREAD_KSTACK, %rsp
	push	$0x2b			/* ss: struct regs, from its end */
	push	%gs:THREAD_EXIT_SP
	pushfq
	push	$0x33			/* cs */
	push	%r11			/* ip */
	cmp	$QUICK_LIMIT, %rax
	jae	2f
	lea	syscall_is_quick(%rip), %rcx
	cmpb	$0, (%rcx,%rax)
	je	2f
	testl	$~FLAGS_PLAIN, 16(%rsp)
	jnz	2f
	push	%r10
	push	%r9
	push	%r8
	push	%rdx
	push	%rsi
	push	%rdi
	sub	$16, %rsp
	mov	%eax, %edi
	call	syscall_quick
	mov	%rax, QUICK_AX(%rsp)
/* As below: a kick in [begin, jump) starts this again at begin, rsp is as it was. */
	.globl rewrite_quick_begin
	.hidden rewrite_quick_begin
rewrite_quick_begin:
	cmpl	$0, %gs:THREAD_WORK
	jne	4f
	mov	QUICK_FLAGS(%rsp), %eax
	mov	%rax, %r11
	load_plain_flags
	mov	QUICK_IP(%rsp), %rcx
	load_quick
	mov	%gs:THREAD_EXIT_SP, %rsp
	.globl rewrite_quick_jump
	.hidden rewrite_quick_jump
rewrite_quick_jump:
	jmp	*%rcx

/* Any other call: the rest of struct regs. While the kernel runs the flags are plain. */
2:	save_rest
	testl	$~FLAGS_PLAIN, REGS_FLAGS(%rsp)
	jnz	3f
5:	mov	%rsp, %rdi
	mov	%rsp, %rbx
	sub	$8, %rsp
	call	rewrite_syscall
	mov	%rbx, %rsp
	jmp	rewrite_exit_begin
3:	push	$2
	popfq
	jmp	5b

/* There is work after a quick call: its registers as another call would have left them. */
4:	load_quick
	mov	QUICK_IP(%rsp), %r11
	add	$QUICK_IP, %rsp
	save_rest
	movq	$-1, REGS_ORIG_AX(%rsp)	/* nothing is repeated */
	jmp	6f

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
	mov	REGS_FLAGS(%rsp), %rax
	test	$~FLAGS_PLAIN, %eax
	jnz	7f
	load_plain_flags
8:	mov	REGS_R15(%rsp), %r15
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
7:	push	%rax
	popfq
	jmp	8b
3:
6:	mov	%rsp, %rdi
	mov	%rsp, %rbx
	sub	$8, %rsp
	call	rewrite_exit_work
	mov	%rbx, %rsp
	jmp	rewrite_exit_begin
	.size rewrite_entry, . - rewrite_entry

	.section .note.GNU-stack, "", @progbits
