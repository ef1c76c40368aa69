/*
 * Calls to the host and the ways back to the guest. Every `syscall` instruction of the
 * kernel that runs after boot is in this file.
 */
#include "kernel/x86_64/offsets.h"

	.text

/*
 * Host signal handlers. The host leaves the interrupted AC flag set, which would make the
 * kernel's own unaligned accesses fault.
 */
	.macro host_handler name, target
	.globl \name
	.hidden \name
	.type \name, @function
\name:
	pushfq
	andl	$~0x40000, (%rsp)
	popfq
	jmp	\target
	.size \name, . - \name
	.endm

	host_handler host_entry_sigsys, on_sigsys
	host_handler host_entry_fault, on_fault
	host_handler host_entry_kick, on_kick

/* s64 host_call6(long nr, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) */
	.globl host_call6
	.hidden host_call6
	.type host_call6, @function
host_call6:
	mov	%rsp, %r11
	or	$KSTACK_MASK, %r11
	incq	KSTACK_LAST_HOST_CALLS(%r11)
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	mov	%r8, %r10
	mov	%r9, %r8
	mov	8(%rsp), %r9
	syscall
	ret
	.size host_call6, . - host_call6

/*
 * s64 host_call_interruptible(same): see host.h. A kick that finds the instruction pointer
 * in [host_wait_begin, host_wait_syscall] sends it to host_wait_abort; later than that the
 * host itself returns -EINTR.
 */
	.globl host_call_interruptible
	.hidden host_call_interruptible
	.type host_call_interruptible, @function
host_call_interruptible:
	mov	%rsp, %r11
	or	$KSTACK_MASK, %r11
	incq	KSTACK_LAST_HOST_CALLS(%r11)
	mov	KSTACK_LAST_THREAD(%r11), %r11
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	mov	%r8, %r10
	mov	%r9, %r8
	mov	8(%rsp), %r9
	.globl host_wait_begin
	.hidden host_wait_begin
host_wait_begin:
	testl	$WORK_INTERRUPTS, THREAD_WORK(%r11)
	jnz	host_wait_abort
	.globl host_wait_syscall
	.hidden host_wait_syscall
host_wait_syscall:
	syscall
	ret
	.globl host_wait_abort
	.hidden host_wait_abort
host_wait_abort:
	mov	$-4, %rax		/* -EINTR */
	ret
	.size host_call_interruptible, . - host_call_interruptible

/*
 * Where every host signal handler returns to, rsp = &ucontext. If the interrupted code is
 * the kernel's the state is put back as it is. Otherwise the guest is about to run: pending
 * work is done first, and the test is atomic with the return, because a kick that finds the
 * instruction pointer in [trap_exit_begin, trap_exit_syscall] sends it back to the begin.
 */
	.globl host_signal_return
	.hidden host_signal_return
	.type host_signal_return, @function
host_signal_return:
	mov	UC_RIP(%rsp), %rax
	lea	__kernel_text_start(%rip), %rcx
	sub	%rcx, %rax
	lea	__kernel_text_end(%rip), %rdx
	sub	%rcx, %rdx
	cmp	%rdx, %rax
	jb	1f
	mov	%rsp, %r12
	or	$KSTACK_MASK, %r12
	mov	KSTACK_LAST_THREAD(%r12), %r12
	.globl trap_exit_begin
	.hidden trap_exit_begin
trap_exit_begin:
	cmpl	$0, THREAD_WORK(%r12)
	jne	2f
	mov	$15, %eax		/* rt_sigreturn */
	.globl trap_exit_syscall
	.hidden trap_exit_syscall
trap_exit_syscall:
	syscall
	ud2
1:	mov	$15, %eax
	syscall
	ud2
2:	mov	%rsp, %rdi
	call	trap_work
	jmp	trap_exit_begin
	.size host_signal_return, . - host_signal_return

/* NORETURN void host_frame_enter(struct linux_ucontext *uc): leave to what uc describes. */
	.globl host_frame_enter
	.hidden host_frame_enter
	.type host_frame_enter, @function
host_frame_enter:
	mov	%rdi, %rsp
	jmp	host_signal_return
	.size host_frame_enter, . - host_frame_enter

/*
 * NORETURN void guest_enter(const struct regs *regs, struct thread *t): load the registers
 * and go. For states a call left: rcx and r11 become rip and the flags, as `syscall` makes
 * them. Vector state is whatever is live.
 */
	.globl guest_enter
	.hidden guest_enter
	.type guest_enter, @function
guest_enter:
	mov	%rdi, %rsp
	mov	%rsi, %r12
	.globl guest_enter_begin
	.hidden guest_enter_begin
guest_enter_begin:
	cmpl	$0, THREAD_WORK(%r12)
	jne	3f
	mov	REGS_FLAGS(%rsp), %r11
	push	%r11
	popfq
	mov	REGS_R15(%rsp), %r15
	mov	REGS_R14(%rsp), %r14
	mov	REGS_R13(%rsp), %r13
	mov	REGS_R12(%rsp), %r12
	mov	REGS_BP(%rsp), %rbp
	mov	REGS_BX(%rsp), %rbx
	mov	REGS_R10(%rsp), %r10
	mov	REGS_R9(%rsp), %r9
	mov	REGS_R8(%rsp), %r8
	mov	REGS_AX(%rsp), %rax
	mov	REGS_DX(%rsp), %rdx
	mov	REGS_SI(%rsp), %rsi
	mov	REGS_DI(%rsp), %rdi
	mov	REGS_IP(%rsp), %rcx
	mov	REGS_SP(%rsp), %rsp
	.globl guest_enter_end
	.hidden guest_enter_end
guest_enter_end:
	jmp	*%rcx
3:	mov	%rsp, %rdi
	call	guest_enter_work
	jmp	guest_enter_begin
	.size guest_enter, . - guest_enter

/*
 * s64 host_clone(u64 flags, void *stack, u32 *tid_word): a new thread of this process,
 * which starts at host_thread_start on that stack. Returns its host tid in the caller.
 */
	.globl host_clone
	.hidden host_clone
	.type host_clone, @function
host_clone:
	mov	%rdx, %r10		/* child tid word, set and cleared */
	xor	%edx, %edx
	xor	%r8d, %r8d
	mov	$56, %eax
	syscall
	test	%rax, %rax
	jz	4f
	ret
4:	xor	%ebp, %ebp
	call	host_thread_start
	ud2
	.size host_clone, . - host_clone

/* int host_switch(void **save_sp, void *stack, struct thread *t, void (*start)(struct thread *)) */
	.globl host_switch
	.hidden host_switch
	.type host_switch, @function
host_switch:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, (%rdi)
	mov	%rsi, %rsp
	mov	%rdx, %rdi
	xor	%ebp, %ebp
	call	*%rcx
	ud2
	.size host_switch, . - host_switch

/* NORETURN void host_switch_back(void *sp): return from the host_switch that saved sp. */
	.globl host_switch_back
	.hidden host_switch_back
	.type host_switch_back, @function
host_switch_back:
	mov	%rdi, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	xor	%eax, %eax
	ret
	.size host_switch_back, . - host_switch_back

	.section .note.GNU-stack, "", @progbits
