/* SEGV_MAPERR for nothing there, SEGV_ACCERR for not allowed, si_addr exact. */
#include "../test.h"
#include "../fault.h"
#include <sys/mman.h>

int main(void)
{
	char *p = mmap(NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct fault f;

	REQUIRE(p != MAP_FAILED && munmap(p + PAGE, PAGE) == 0);
	f = fault_read(p + 7);
	CHECK(f.sig == SIGSEGV && f.code == SEGV_ACCERR && f.addr == p + 7);
	f = fault_write(p + PAGE + 7);
	CHECK(f.sig == SIGSEGV && f.code == SEGV_MAPERR && f.addr == p + PAGE + 7);
	f = fault_read((void *)0x10);
	CHECK(f.sig == SIGSEGV && f.code == SEGV_MAPERR && f.addr == (void *)0x10);
	f = fault_write("literal");
	CHECK(f.sig == SIGSEGV && f.code == SEGV_ACCERR);
	f = fault_call((void *)0x20);
	CHECK(f.sig == SIGSEGV && f.code == SEGV_MAPERR && f.addr == (void *)0x20);
	return TEST_RESULT;
}
