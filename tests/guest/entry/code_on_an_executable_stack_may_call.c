/* A call instruction that lives on the stack, in a program that asked for it. */
//cflags: -z execstack
#include "../test.h"
#include <sys/syscall.h>

int main(void)
{
	volatile unsigned char code[] = { 0xb8, SYS_getpid, 0, 0, 0, 0x0f, 0x05, 0xc3 };
	long (*call)(void) = (long (*)(void))(uintptr_t)code;

	CHECK_EQ(call(), getpid());
	CHECK_EQ(call(), getpid());
	return TEST_RESULT;
}
