/* Each protection is enforced and reported with the right code and address. */
#include "../test.h"
#include "../fault.h"
#include <sys/mman.h>

int main(void)
{
	char *p = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	struct fault f;

	REQUIRE(p != MAP_FAILED);
	memset(p, 0xc3, 3 * PAGE); /* ret */
	REQUIRE(mprotect(p + PAGE, PAGE, PROT_READ) == 0);
	f = fault_write(p + PAGE + 17);
	CHECK_EQ(f.sig, SIGSEGV);
	CHECK_EQ(f.code, SEGV_ACCERR);
	CHECK_EQ(f.addr, p + PAGE + 17);
	CHECK_EQ((unsigned char)p[PAGE + 17], 0xc3);
	CHECK_EQ(fault_write(p).sig, 0);
	CHECK_EQ(fault_write(p + 2 * PAGE).sig, 0);
	f = fault_call(p + PAGE);
	CHECK_EQ(f.sig, SIGSEGV);
	CHECK_EQ(f.code, SEGV_ACCERR);
	CHECK_EQ(f.addr, p + PAGE);
	CHECK_EQ(f.rip, p + PAGE);
	REQUIRE(mprotect(p + PAGE, PAGE, PROT_NONE) == 0);
	CHECK_EQ(fault_read(p + PAGE).code, SEGV_ACCERR);
	REQUIRE(mprotect(p + PAGE, PAGE, PROT_READ | PROT_EXEC) == 0);
	CHECK_EQ(fault_call(p + PAGE).sig, 0);
	REQUIRE(mprotect(p, 3 * PAGE, PROT_READ | PROT_WRITE) == 0);
	CHECK_EQ(fault_write(p + PAGE).sig, 0);
	return TEST_RESULT;
}
