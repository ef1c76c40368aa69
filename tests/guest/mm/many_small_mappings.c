/* Thousands of mappings with alternating protection, then unmapped in odd order. */
#include "../test.h"
#include <sys/mman.h>

enum { COUNT = 4096 };

int main(void)
{
	char *p = mmap(NULL, COUNT * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(p != MAP_FAILED);
	for (size_t i = 0; i < COUNT; i++) {
		*(size_t *)(p + i * PAGE) = i;
		if (i & 1)
			REQUIRE(mprotect(p + i * PAGE, PAGE, PROT_READ) == 0);
	}
	for (size_t i = 0; i < COUNT; i++)
		if (*(size_t *)(p + i * PAGE) != i)
			test_fail("page %zu lost its content", i);
	for (size_t i = 0; i < COUNT; i += 3)
		CHECK_EQ(munmap(p + i * PAGE, PAGE), 0);
	for (size_t i = 0; i < COUNT; i++)
		if (i % 3 && *(size_t *)(p + i * PAGE) != i)
			test_fail("page %zu lost its content", i);
	CHECK_EQ(munmap(p, COUNT * PAGE), 0);
	return TEST_RESULT;
}
