/* mremap to a smaller size cuts the tail off, whatever mappings it is made of. */
#include "../test.h"
#include "../fault.h"
#include <sys/mman.h>

int main(void)
{
	char *p = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(p != MAP_FAILED);
	p[0] = 1;
	REQUIRE(mprotect(p + 4 * PAGE, 2 * PAGE, PROT_READ) == 0);
	/* the same size, over several mappings and a hole */
	REQUIRE(munmap(p + 7 * PAGE, PAGE) == 0);
	CHECK(mremap(p, 8 * PAGE, 8 * PAGE, 0) == p);
	CHECK(mremap(p, 8 * PAGE, 2 * PAGE, 0) == p);
	CHECK_EQ(p[0], 1);
	CHECK_EQ(fault_read(p + 2 * PAGE - 1).sig, 0);
	CHECK_EQ(fault_read(p + 2 * PAGE).sig, SIGSEGV);
	CHECK_EQ(fault_read(p + 5 * PAGE).sig, SIGSEGV);
	/* growing and moving need one mapping */
	REQUIRE(mmap(p + 2 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		     0) == p + 2 * PAGE);
	CHECK(mremap(p, 3 * PAGE, 9 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);
	CHECK(mremap(p + 6 * PAGE, PAGE, PAGE, 0) == MAP_FAILED && errno == EFAULT);
	return TEST_RESULT;
}
