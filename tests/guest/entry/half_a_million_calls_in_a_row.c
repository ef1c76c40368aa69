/* Many calls in a row: no leak of stack, descriptors or state in the entry path. */
#include "../test.h"
#include <sys/syscall.h>

int main(void)
{
	long pid = getpid();

	for (int i = 0; i < 300000; i++)
		if (sys0(SYS_getpid) != pid || sys1(SYS_close, -1) != -EBADF) {
			test_fail("call %d went wrong", i);
			break;
		}
	return TEST_RESULT;
}
