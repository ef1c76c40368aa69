/*
 * A handler that ruins all registers, flags and xmm; the interrupted code, in the middle
 * of a loop of its own, finds everything as before.
 */
#include "../test.h"
#include <signal.h>
#include <sys/mman.h>

static char *page;
static volatile int hits;

static void ruin(int sig)
{
	(void)sig;
	hits++;
	mprotect(page, PAGE, PROT_READ | PROT_WRITE);
	__asm__ volatile("mov $-1, %%rax; mov %%rax, %%rcx; mov %%rax, %%rdx; mov %%rax, %%rsi;"
			 "mov %%rax, %%rdi; mov %%rax, %%r8; mov %%rax, %%r9;"
			 "mov %%rax, %%r10; mov %%rax, %%r11;"
			 "pcmpeqd %%xmm0, %%xmm0; movaps %%xmm0, %%xmm1; movaps %%xmm0, %%xmm7;"
			 "movaps %%xmm0, %%xmm15; stc" ::: "rax", "rcx", "rdx", "rsi", "rdi",
			 "r8", "r9", "r10", "r11", "cc", "xmm0", "xmm1", "xmm7", "xmm15");
}

/* Faults on a store to *rdi in the middle; returns 0 when nothing else changed. */
long store_and_check(char *p);

__asm__(".text\n"
	"store_and_check:\n"
	"	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
	"	mov $1, %eax; mov $2, %ebx; mov $3, %ecx; mov $4, %edx; mov $5, %esi\n"
	"	mov $6, %ebp; mov $8, %r8d; mov $9, %r9d; mov $10, %r10d; mov $11, %r11d\n"
	"	mov $12, %r12d; mov $13, %r13d; mov $14, %r14d; mov $15, %r15d\n"
	"	movq %rsi, %xmm0; movq %rbx, %xmm1; movq %r12, %xmm7; movq %r15, %xmm15\n"
	"	movl $0x11223344, -120(%rsp)\n"
	"	cmp $1, %eax\n"            /* ZF set, CF clear */
	"	movb $42, (%rdi)\n"
	"	jnz 9f; jc 9f\n"
	"	cmp $1, %eax; jne 9f; cmp $2, %ebx; jne 9f; cmp $3, %ecx; jne 9f\n"
	"	cmp $4, %edx; jne 9f; cmp $5, %esi; jne 9f; cmp $6, %ebp; jne 9f\n"
	"	cmp $8, %r8d; jne 9f; cmp $9, %r9d; jne 9f; cmp $10, %r10d; jne 9f\n"
	"	cmp $11, %r11d; jne 9f; cmp $12, %r12d; jne 9f; cmp $13, %r13d; jne 9f\n"
	"	cmp $14, %r14d; jne 9f; cmp $15, %r15d; jne 9f\n"
	"	cmpl $0x11223344, -120(%rsp); jne 9f\n"
	"	movq %xmm0, %rax; cmp $5, %rax; jne 9f\n"
	"	movq %xmm1, %rax; cmp $2, %rax; jne 9f\n"
	"	movq %xmm7, %rax; cmp $12, %rax; jne 9f\n"
	"	movq %xmm15, %rax; cmp $15, %rax; jne 9f\n"
	"	xor %eax, %eax\n"
	"	jmp 8f\n"
	"9:	mov $1, %eax\n"
	"8:	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
	"	ret\n");

int main(void)
{
	page = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	signal(SIGSEGV, ruin);
	for (int i = 0; i < 20; i++) {
		mprotect(page, PAGE, PROT_NONE);
		CHECK_EQ(store_and_check(page), 0);
		CHECK_EQ(page[0], 42);
	}
	CHECK_EQ(hits, 20);
	return TEST_RESULT;
}
