/* `clc; syscall; jnc`: how Cosmopolitan tells Linux from the BSDs. */
#include "../test.h"
#include <sys/syscall.h>

int main(void)
{
	long carry, ret;

	__asm__ volatile("clc\n\tsyscall\n\tsetc %%bl\n\tmovzbl %%bl, %%ebx"
			 : "=a"(ret), "=b"(carry)
			 : "a"(SYS_close), "D"(-1L)
			 : "rcx", "r11", "memory");
	CHECK_EQ(ret, -EBADF);
	CHECK_EQ(carry, 0);
	__asm__ volatile("stc\n\tsyscall\n\tsetc %%bl\n\tmovzbl %%bl, %%ebx"
			 : "=a"(ret), "=b"(carry)
			 : "a"(SYS_getppid)
			 : "rcx", "r11", "memory");
	CHECK(ret >= 0);
	CHECK_EQ(carry, 1);
	return TEST_RESULT;
}
