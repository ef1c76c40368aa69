/* First instruction of the kernel image, on the host's initial stack, not yet relocated. */
	.text
	.globl _start
	.hidden _start
	.type _start, @function
_start:
	xor	%ebp, %ebp
	mov	%rsp, %rdi
	and	$-16, %rsp
	call	boot_start
	ud2
	.size _start, . - _start

/* NORETURN void boot_jump(void *stack_top, void (*entry)(void)): go on at the final place. */
	.globl boot_jump
	.hidden boot_jump
	.type boot_jump, @function
boot_jump:
	mov	%rdi, %rsp
	xor	%ebp, %ebp
	call	*%rsi
	ud2
	.size boot_jump, . - boot_jump

/* s64 boot_call(long nr, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f): before kernel stacks exist. */
	.globl boot_call
	.hidden boot_call
	.type boot_call, @function
boot_call:
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	mov	%r8, %r10
	mov	%r9, %r8
	mov	8(%rsp), %r9
	syscall
	ret
	.size boot_call, . - boot_call

	.section .note.GNU-stack, "", @progbits
