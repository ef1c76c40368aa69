/* MAP_FIXED over part of a mapping: only that part changes. */
#include "../test.h"
#include "../fault.h"
#include <sys/mman.h>

int main(void)
{
	char *p = mmap(NULL, 5 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	REQUIRE(p != MAP_FAILED);
	memset(p, 1, 5 * PAGE);
	CHECK(mmap(p + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p + 2 * PAGE);
	for (int i = 0; i < 5; i++)
		CHECK_EQ(p[i * PAGE], i != 2);
	CHECK(mmap(p + 4 * PAGE, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		   -1, 0) == p + 4 * PAGE);
	CHECK_EQ(fault_read(p + 4 * PAGE).sig, SIGSEGV);
	CHECK_EQ(fault_read(p + 3 * PAGE).sig, 0);
	/* a failing one leaves the old mapping: bad fd is found first */
	CHECK_ERR((long)mmap(p, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, -1, 0), EBADF);
	CHECK_EQ(p[0], 1);
	return TEST_RESULT;
}
