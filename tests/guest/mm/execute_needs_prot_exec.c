/* Data pages cannot be executed; the error code says instruction fetch. */
#include "../test.h"
#include "../fault.h"
#include <sys/mman.h>

static char data[64] = "\xc3";

int main(void)
{
	char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char stack[64] = "\xc3";
	char *volatile on_stack = stack;
	struct fault f;

	REQUIRE(p != MAP_FAILED);
	p[0] = (char)0xc3;
	f = fault_call(p);
	CHECK(f.sig == SIGSEGV && f.code == SEGV_ACCERR && f.addr == p && (f.err & 0x10));
	f = fault_call(data);
	CHECK(f.sig == SIGSEGV && f.code == SEGV_ACCERR && f.addr == data);
	f = fault_call(on_stack);
	CHECK(f.sig == SIGSEGV && f.code == SEGV_ACCERR && f.addr == on_stack);
	return TEST_RESULT;
}
