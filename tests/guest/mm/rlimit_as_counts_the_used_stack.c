/* RLIMIT_AS: of the main stack counts what was used, not what its own limit would allow. */
#include "../test.h"
#include <sys/mman.h>
#include <sys/resource.h>

static unsigned long mapped_kib(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	REQUIRE(f != NULL);
	REQUIRE(fscanf(f, "%lu", &pages) == 1);
	fclose(f);
	return pages * 4;
}

static int __attribute__((noinline)) use_stack(size_t size)
{
	volatile char *big = __builtin_alloca(size);

	for (size_t i = 0; i < size; i += 4096)
		big[size - 1 - i] = 1;
	return big[size - 1];
}

/* Can as much be mapped? */
static int fits(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return 0;
	munmap(p, size);
	return 1;
}

int main(void)
{
	struct rlimit limit;

	REQUIRE(getrlimit(RLIMIT_STACK, &limit) == 0);
	if (limit.rlim_cur < 8 << 20)
		return 77;
	REQUIRE(getrlimit(RLIMIT_AS, &limit) == 0);
	/* What is mapped, and 7 MiB. */
	limit.rlim_cur = (mapped_kib() << 10) + (7UL << 20);
	REQUIRE(setrlimit(RLIMIT_AS, &limit) == 0);
	CHECK(fits(6 << 20));
	CHECK(!fits(8 << 20));
	CHECK_EQ(use_stack(4 << 20), 1);
	CHECK(!fits(6 << 20));
	CHECK(fits(2 << 20));
	return TEST_RESULT;
}
