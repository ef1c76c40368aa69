/*
 * Anonymous memory of whole large pages begins at one, so that large pages can be used; a hint,
 * another length and shared memory change nothing of where they would be.
 */
#include "../test.h"
#include <sys/mman.h>

#define LARGE (2UL << 20)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)

static char *map(void *hint, size_t len)
{
	char *p = mmap(hint, len, PROT_READ | PROT_WRITE, PRIVATE, -1, 0);

	REQUIRE(p != MAP_FAILED);
	return p;
}

int main(void)
{
	char *odd = map(NULL, 3 * 4096), *one, *four, *hinted;

	one = map(NULL, LARGE);
	four = map(NULL, 4 * LARGE);
	CHECK_EQ((unsigned long)one % LARGE, 0);
	CHECK_EQ((unsigned long)four % LARGE, 0);
	/* Neighbours leave no gap: what is mapped one after the other is one mapping. */
	char *next = map(NULL, LARGE);

	CHECK_EQ(four - next, (long)LARGE);
	hinted = map(next - LARGE / 2 - 2 * LARGE, LARGE);
	CHECK_EQ((unsigned long)hinted % LARGE, LARGE / 2);
	odd[0] = one[LARGE - 1] = four[4 * LARGE - 1] = hinted[0] = 1;
	return TEST_RESULT;
}
