/* The 128 bytes below rsp are the program's; no call and no trap writes there. */
#include "../test.h"
#include "../calls.h"

/* Fills the red zone and 1 KiB above it, calls, compares. Returns 0 when unchanged. */
long red_zone_call(const struct one_call *c, const unsigned char *pattern,
		   unsigned char *out);

__asm__(".text\n"
	"red_zone_call:\n"
	"	push %rbx; push %rbp; push %r12\n"
	"	mov %rdi, %rbx\n"
	"	mov %rsi, %rbp\n"
	"	mov %rdx, %r12\n"
	"	mov %rbp, %rsi\n"
	"	lea -128(%rsp), %rdi\n"
	"	mov $128, %ecx\n"
	"	cld; rep movsb\n"
	"	mov 8(%rbx), %rax; mov 16(%rbx), %rdi; mov 24(%rbx), %rsi\n"
	"	mov 32(%rbx), %rdx; mov 40(%rbx), %r10; mov 48(%rbx), %r8\n"
	"	mov 56(%rbx), %r9\n"
	"	syscall\n"
	"	lea -128(%rsp), %rsi\n"
	"	mov %r12, %rdi\n"
	"	mov $128, %ecx\n"
	"	rep movsb\n"
	"	pop %r12; pop %rbp; pop %rbx\n"
	"	ret\n");

int main(void)
{
	unsigned char pattern[128], out[128];

	for (int i = 0; i < 128; i++)
		pattern[i] = (unsigned char)(0x80 + i * 3);
	for (size_t i = 0; i < SOME_CALLS; i++) {
		memset(out, 0, sizeof(out));
		red_zone_call(&some_calls[i], pattern, out);
		if (memcmp(out, pattern, sizeof(out)) != 0)
			test_fail("%s wrote below rsp", some_calls[i].name);
	}
	return TEST_RESULT;
}
