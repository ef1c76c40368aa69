/* RLIMIT_AS: mmap, brk and mremap fail with ENOMEM above it, and work again after. */
#include "../test.h"
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

int main(void)
{
	struct rlimit old, limit;
	unsigned long start = (unsigned long)sys1(SYS_brk, 0);
	void *p;

	REQUIRE(getrlimit(RLIMIT_AS, &old) == 0);
	limit = old;
	limit.rlim_cur = 256UL << 20;
	REQUIRE(setrlimit(RLIMIT_AS, &limit) == 0);
	p = mmap(NULL, 512UL << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		 0);
	CHECK(p == MAP_FAILED && errno == ENOMEM);
	CHECK_EQ(sys1(SYS_brk, start + (512UL << 20)), start);
	p = mmap(NULL, 16UL << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(p != MAP_FAILED);
	CHECK_ERR((long)mremap(p, 16UL << 20, 512UL << 20, MREMAP_MAYMOVE), ENOMEM);
	REQUIRE(setrlimit(RLIMIT_AS, &old) == 0);
	p = mmap(NULL, 512UL << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		 0);
	CHECK(p != MAP_FAILED);
	return TEST_RESULT;
}
