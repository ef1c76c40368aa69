/* A free page-aligned hint is honoured, an occupied one moved, an odd one rounded. */
#include "../test.h"
#include <sys/mman.h>

#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

int main(void)
{
	char *p = mmap(NULL, 32 * PAGE, PROT_NONE, ANON, -1, 0), *hint, *q;

	REQUIRE(p != MAP_FAILED);
	hint = p + 8 * PAGE;
	CHECK(mmap(hint, PAGE, PROT_READ, ANON, -1, 0) != hint);
	REQUIRE(munmap(p, 32 * PAGE) == 0);
	CHECK(mmap(hint, PAGE, PROT_READ, ANON, -1, 0) == hint);
	q = mmap(hint + 4 * PAGE + 123, PAGE, PROT_READ, ANON, -1, 0);
	CHECK(q == hint + 4 * PAGE);
	/* hints below mmap_min_addr or above the user half only mean "anywhere" */
	CHECK(mmap((void *)PAGE, PAGE, PROT_READ, ANON, -1, 0) != MAP_FAILED);
	CHECK(mmap(BAD_HIGH, PAGE, PROT_READ, ANON, -1, 0) != MAP_FAILED);
	CHECK(mmap(BAD_EDGE, PAGE, PROT_READ, ANON, -1, 0) != MAP_FAILED);
	return TEST_RESULT;
}
