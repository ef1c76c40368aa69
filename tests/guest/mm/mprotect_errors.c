/* Unaligned, unmapped, unknown bits; a hole in the middle stops at the hole. */
#include "../test.h"
#include "../fault.h"
#include <sys/mman.h>
#include <sys/syscall.h>

int main(void)
{
	char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	REQUIRE(p != MAP_FAILED);
	CHECK_ERR(mprotect(p + 1, PAGE, PROT_READ), EINVAL);
	CHECK_EQ(mprotect(p, 0, PROT_NONE), 0);
	CHECK_EQ(fault_read(p).sig, 0);
	CHECK_EQ(sys3(SYS_mprotect, p, PAGE, 0x1000), -EINVAL);
	CHECK_EQ(sys3(SYS_mprotect, p, PAGE, PROT_GROWSDOWN | PROT_GROWSUP), -EINVAL);
	REQUIRE(munmap(p + 2 * PAGE, PAGE) == 0);
	CHECK_ERR(mprotect(p + 2 * PAGE, PAGE, PROT_READ), ENOMEM);
	/* Linux: what lies before the hole has been changed all the same */
	CHECK_ERR(mprotect(p, 4 * PAGE, PROT_READ), ENOMEM);
	CHECK_EQ(fault_write(p).sig, SIGSEGV);
	CHECK_EQ(fault_write(p + PAGE).sig, SIGSEGV);
	CHECK_EQ(fault_write(p + 3 * PAGE).sig, 0);
	return TEST_RESULT;
}
