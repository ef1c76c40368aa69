/* Unmapping the middle leaves both ends; unmapping holes is no error. */
#include "../test.h"
#include "../fault.h"
#include <sys/mman.h>

int main(void)
{
	char *p = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	REQUIRE(p != MAP_FAILED);
	for (int i = 0; i < 16; i++)
		p[i * PAGE] = (char)i;
	CHECK_EQ(munmap(p + 4 * PAGE, 4 * PAGE), 0);
	for (int i = 0; i < 16; i++) {
		struct fault f = fault_read(p + i * PAGE);

		CHECK_EQ(f.sig, i >= 4 && i < 8 ? SIGSEGV : 0);
		if (f.sig)
			CHECK_EQ(f.code, SEGV_MAPERR);
		else
			CHECK_EQ(p[i * PAGE], i);
	}
	CHECK_EQ(munmap(p + 4 * PAGE, 4 * PAGE), 0);
	CHECK_EQ(munmap(p + 10 * PAGE, 1), 0);
	CHECK_EQ(fault_read(p + 11 * PAGE - 1).sig, SIGSEGV);
	CHECK_EQ(munmap(p, 16 * PAGE), 0);
	CHECK_EQ(fault_read(p + 15 * PAGE).sig, SIGSEGV);
	CHECK_ERR(munmap(p + 1, PAGE), EINVAL);
	CHECK_ERR(munmap(p, 0), EINVAL);
	return TEST_RESULT;
}
