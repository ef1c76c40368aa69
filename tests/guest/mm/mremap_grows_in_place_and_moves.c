/* mremap: growth, moving with contents, fixed target, shrinking. */
#include "../test.h"
#include "../fault.h"
#include <sys/mman.h>

#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW (PROT_READ | PROT_WRITE)

int main(void)
{
	char *area = mmap(NULL, 64 * PAGE, RW, ANON, -1, 0), *p, *q;

	REQUIRE(area != MAP_FAILED);
	memset(area, 1, 4 * PAGE);
	/* blocked by its own tail */
	CHECK_ERR((long)mremap(area, 4 * PAGE, 65 * PAGE, 0), ENOMEM);
	REQUIRE(munmap(area + 4 * PAGE, 12 * PAGE) == 0);
	p = mremap(area, 4 * PAGE, 16 * PAGE, 0);
	CHECK(p == area);
	CHECK_EQ(p[4 * PAGE - 1], 1);
	CHECK_EQ(p[16 * PAGE - 1], 0);
	p[16 * PAGE - 1] = 2;
	q = mremap(p, 16 * PAGE, 128 * PAGE, MREMAP_MAYMOVE);
	REQUIRE(q != MAP_FAILED);
	CHECK(q != p);
	CHECK_EQ(q[0], 1);
	CHECK_EQ(q[16 * PAGE - 1], 2);
	CHECK_EQ(q[128 * PAGE - 1], 0);
	CHECK_EQ(fault_read(p).sig, SIGSEGV);
	p = mremap(q, 128 * PAGE, 2 * PAGE, 0);
	CHECK(p == q);
	CHECK_EQ(fault_read(q + 2 * PAGE).sig, SIGSEGV);
	CHECK_EQ(q[0], 1);
	p = mremap(q, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, area + 20 * PAGE);
	CHECK(p == area + 20 * PAGE);
	CHECK_EQ(p[0], 1);
	CHECK_EQ(fault_read(q).sig, SIGSEGV);
	return TEST_RESULT;
}
