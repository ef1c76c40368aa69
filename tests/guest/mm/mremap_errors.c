/* Unaligned, unmapped, unknown flags, overlapping fixed target, zero new size. */
#include "../test.h"
#include <sys/mman.h>
#include <sys/syscall.h>

static long remap(const char *old, size_t old_size, size_t size, int flags, const void *to)
{
	return sys5(SYS_mremap, old, old_size, size, flags, to);
}

int main(void)
{
	char *p = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	REQUIRE(p != MAP_FAILED);
	CHECK_EQ(remap(p + 1, PAGE, 2 * PAGE, MREMAP_MAYMOVE, 0), -EINVAL);
	CHECK_EQ(remap(p, PAGE, 0, MREMAP_MAYMOVE, 0), -EINVAL);
	CHECK_EQ(remap(p, PAGE, PAGE, 0x80, 0), -EINVAL);
	CHECK_EQ(remap(p, PAGE, PAGE, MREMAP_FIXED, p + 4 * PAGE), -EINVAL);
	CHECK_EQ(remap(p, 4 * PAGE, 4 * PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, p + 2 * PAGE),
		 -EINVAL);
	CHECK_EQ(remap(p, PAGE, PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, p + 1), -EINVAL);
	CHECK_EQ(remap(p, PAGE, 1UL << 48, MREMAP_MAYMOVE, 0), -EINVAL);
	CHECK_EQ(remap(p, PAGE, 1UL << 47, MREMAP_MAYMOVE, 0), -EINVAL);
	REQUIRE(munmap(p + 4 * PAGE, PAGE) == 0);
	CHECK_EQ(remap(p + 4 * PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE, 0), -EFAULT);
	CHECK_EQ(remap(p + 3 * PAGE, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE, 0), -EFAULT);
	return TEST_RESULT;
}
