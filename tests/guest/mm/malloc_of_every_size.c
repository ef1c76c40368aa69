/* The C library's allocator over brk and mmap, with realloc across its thresholds. */
//build: static dynamic musl
#include "../test.h"

static unsigned state = 12345;

static unsigned next(void)
{
	state = state * 1103515245 + 12345;
	return state >> 8;
}

int main(void)
{
	static struct {
		unsigned char *p;
		size_t size;
	} slot[256];

	for (int i = 0; i < 20000; i++) {
		unsigned k = next() % 256;
		size_t size = 1 + next() % (i % 97 == 0 ? 3000000 : 3000);
		unsigned char *p;

		for (size_t j = 0; j < slot[k].size; j += 511)
			if (slot[k].p[j] != (unsigned char)k)
				test_fail("slot %u damaged", k);
		p = realloc(slot[k].p, size);
		REQUIRE(p != NULL);
		memset(p, (int)k, size);
		slot[k].p = p;
		slot[k].size = size;
	}
	for (int k = 0; k < 256; k++)
		free(slot[k].p);
	CHECK(malloc((size_t)1 << 48) == NULL);
	return TEST_RESULT;
}
