/* msync: flag combinations, alignment, unmapped pages. */
#include "../test.h"
#include <sys/mman.h>

int main(void)
{
	char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);

	REQUIRE(p != MAP_FAILED);
	CHECK_ERR(msync(p + 1, PAGE, MS_SYNC), EINVAL);
	CHECK_ERR(msync(p, PAGE, MS_SYNC | MS_ASYNC), EINVAL);
	CHECK_ERR(msync(p, PAGE, 0x40), EINVAL);
	CHECK_EQ(msync(p, 4 * PAGE, MS_SYNC), 0);
	CHECK_EQ(msync(p, 4 * PAGE, MS_ASYNC | MS_INVALIDATE), 0);
	CHECK_EQ(msync(p, 0, MS_SYNC), 0);
	REQUIRE(munmap(p + PAGE, PAGE) == 0);
	CHECK_ERR(msync(p, 4 * PAGE, MS_SYNC), ENOMEM);
	return TEST_RESULT;
}
