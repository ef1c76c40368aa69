/* Runtimes reserve terabytes PROT_NONE and commit parts of it. */
#include "../test.h"
#include "../fault.h"
#include <sys/mman.h>

int main(void)
{
	const size_t size = 1UL << 42;
	char *p = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);

	REQUIRE(p != MAP_FAILED);
	CHECK_EQ(fault_read(p + size / 2).code, SEGV_ACCERR);
	for (int i = 0; i < 16; i++) {
		char *q = p + size / 16 * (size_t)i;

		CHECK_EQ(mprotect(q, 1 << 16, PROT_READ | PROT_WRITE), 0);
		memset(q, i, 1 << 16);
	}
	for (int i = 0; i < 16; i++)
		CHECK_EQ(p[size / 16 * (size_t)i + 65535], i);
	CHECK_EQ(munmap(p, size), 0);
	CHECK_EQ(fault_read(p).code, SEGV_MAPERR);
	return TEST_RESULT;
}
