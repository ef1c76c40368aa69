/* MAP_FIXED_NOREPLACE: EEXIST on any overlap, the exact address otherwise. */
#include "../test.h"
#include <sys/mman.h>

#define FLAGS (MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE)

int main(void)
{
	char *p = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	REQUIRE(p != MAP_FAILED);
	memset(p, 9, 8 * PAGE);
	CHECK_ERR((long)mmap(p, PAGE, PROT_READ, FLAGS, -1, 0), EEXIST);
	CHECK_ERR((long)mmap(p + 7 * PAGE, 2 * PAGE, PROT_READ, FLAGS, -1, 0), EEXIST);
	CHECK_ERR((long)mmap(p - PAGE, 2 * PAGE, PROT_READ, FLAGS, -1, 0), EEXIST);
	CHECK_ERR((long)mmap(p + 1, PAGE, PROT_READ, FLAGS, -1, 0), EINVAL);
	CHECK_EQ(p[0] + p[7 * PAGE], 18);
	CHECK_EQ(munmap(p + 2 * PAGE, 3 * PAGE), 0);
	CHECK_ERR((long)mmap(p + 2 * PAGE, 4 * PAGE, PROT_READ, FLAGS, -1, 0), EEXIST);
	CHECK(mmap(p + 2 * PAGE, 3 * PAGE, PROT_READ, FLAGS, -1, 0) == p + 2 * PAGE);
	CHECK_EQ(p[3 * PAGE], 0);
	return TEST_RESULT;
}
