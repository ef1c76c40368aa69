/* Alignment, unmapped ranges and unknown advice; plain hints succeed. */
#include "../test.h"
#include <sys/mman.h>

/* Locked pages stay. */
static void locked(void)
{
	char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	REQUIRE(p != MAP_FAILED);
	p[0] = 3;
	REQUIRE(mlock(p, PAGE) == 0);
	CHECK_ERR(madvise(p, PAGE, MADV_REMOVE), EINVAL);
	CHECK_ERR(madvise(p, PAGE, MADV_DONTNEED), EINVAL);
	CHECK_EQ(p[0], 3);
	REQUIRE(munlock(p, PAGE) == 0);
	CHECK_EQ(madvise(p, PAGE, MADV_REMOVE), 0);
	CHECK_EQ(p[0], 0);
}

int main(void)
{
	char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	REQUIRE(p != MAP_FAILED);
	CHECK_ERR(madvise(p + 1, PAGE, MADV_NORMAL), EINVAL);
	CHECK_ERR(madvise(p, PAGE, 9999), EINVAL);
	CHECK_ERR(madvise(p, (size_t)-1, MADV_NORMAL), EINVAL);
	CHECK_EQ(madvise(p, 0, MADV_DONTNEED), 0);
	CHECK_EQ(madvise(p, 4 * PAGE, MADV_NORMAL), 0);
	CHECK_EQ(madvise(p, 4 * PAGE, MADV_RANDOM), 0);
	CHECK_EQ(madvise(p, 4 * PAGE, MADV_SEQUENTIAL), 0);
	CHECK_EQ(madvise(p, 4 * PAGE, MADV_WILLNEED), 0);
	p[0] = 3;
	CHECK_EQ(madvise(p, PAGE, MADV_FREE), 0);
	CHECK(p[0] == 3 || p[0] == 0);
	REQUIRE(munmap(p + PAGE, PAGE) == 0);
	CHECK_ERR(madvise(p, 4 * PAGE, MADV_NORMAL), ENOMEM);
	CHECK_ERR(madvise(p + PAGE, PAGE, MADV_DONTNEED), ENOMEM);
	locked();
	return TEST_RESULT;
}
