/* musl's __unmapself: munmap the stack one stands on, then exit without any. */
#include "../test.h"
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>

long clone_unmap(void *stack, int *word);
__asm__(".text\n"
	"clone_unmap:\n"
	"	mov %rsi, %rdx\n"
	"	mov %rsi, %r10\n"
	"	lea 65536(%rdi), %rsi\n"
	"	mov %rdi, %r9\n"
	"	mov $0x350f00, %edi\n"
	"	mov $56, %eax\n"
	"	syscall\n"
	"	test %rax, %rax\n"
	"	jnz 1f\n"
	"	mov %r9, %rdi\n"
	"	mov $65536, %esi\n"
	"	mov $11, %eax\n"
	"	syscall\n"
	"	xor %edi, %edi\n"
	"	mov $60, %eax\n"
	"	syscall\n"
	"1:	ret\n");

int main(void)
{
	static int word;

	for (int i = 0; i < 20; i++) {
		char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		unsigned char vec[16];
		int now;

		REQUIRE(stack != MAP_FAILED);
		word = 1;
		REQUIRE(clone_unmap(stack, &word) > 0);
		while ((now = __atomic_load_n(&word, __ATOMIC_SEQ_CST)) != 0)
			sys4(SYS_futex, &word, FUTEX_WAIT, now, NULL);
		CHECK_ERR(mincore(stack, 65536, vec), ENOMEM);
	}
	return TEST_RESULT;
}
