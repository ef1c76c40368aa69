/* Jumping to a syscall, past it, and over it, before and after it has been used. */
#include "../test.h"
#include <sys/syscall.h>

/* way 0: straight into the syscall; 1: to the instruction behind it; 2: twice */
long around(long way, long nr);

__asm__(".text\n"
	"around:\n"
	"	mov %rsi, %rax\n"
	"	mov %rsi, %r9\n"
	"	xor %r8d, %r8d\n"
	"	cmp $1, %rdi\n"
	"	je 2f\n"
	"1:	syscall\n"
	"2:	inc %r8\n"
	"	cmp $2, %rdi\n"
	"	jne 3f\n"
	"	cmp $2, %r8\n"
	"	je 3f\n"
	"	mov %r9, %rax\n"
	"	jmp 1b\n"
	"3:	ret\n");

int main(void)
{
	for (int round = 0; round < 3; round++) {
		CHECK_EQ(around(1, 123456), 123456);
		CHECK_EQ(around(0, SYS_getpid), getpid());
		CHECK_EQ(around(2, SYS_getpid), getpid());
		CHECK_EQ(around(1, SYS_getpid), SYS_getpid);
	}
	return TEST_RESULT;
}
