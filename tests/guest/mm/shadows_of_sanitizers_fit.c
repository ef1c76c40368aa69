/* Sanitizers map at fixed places all that is not left to the program: shadow memory, and
 * PROT_NONE where nothing shall be. The layouts are those of gcc 12 and clang 14. */
#include <sys/mman.h>

#include "../test.h"

struct range {
	uint64_t start, end;
};

static const struct range thread_sanitizer[] = {
	{ 0x008000000000, 0x010000000000 }, { 0x010000000000, 0x100000000000 },
	{ 0x100000000000, 0x300000000000 }, { 0x300000000000, 0x340000000000 },
	{ 0x340000000000, 0x550000000000 }, { 0x568000000000, 0x600000000000 },
	{ 0x600000000000, 0x620000000000 }, { 0x620000000000, 0x7b0000000000 },
	{ 0x7b0000000000, 0x7c0000000000 }, { 0x7c0000000000, 0x7e8000000000 },
};
static const struct range memory_sanitizer[] = {
	{ 0x010000000000, 0x100000000000 }, { 0x100000000000, 0x110000000000 },
	{ 0x110000000000, 0x200000000000 }, { 0x200000000000, 0x300000000000 },
	{ 0x300000000000, 0x400000000000 }, { 0x400000000000, 0x500000000000 },
	{ 0x500000000000, 0x510000000000 }, { 0x600000000000, 0x610000000000 },
	{ 0x610000000000, 0x700000000000 }, { 0x700000000000, 0x780000000000 },
};
static const struct range address_sanitizer[] = {
	{ 0x00007fff8000, 0x00008fff7000 }, { 0x00008fff7000, 0x02008fff7000 },
	{ 0x02008fff7000, 0x10007fff8000 }, { 0x600000000000, 0x640000000000 },
};

static void fits(const char *who, const struct range *r, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		void *at = (void *)r[i].start;
		int prot = i % 2 ? PROT_NONE : PROT_READ | PROT_WRITE;
		void *got = mmap(at, r[i].end - r[i].start, prot,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
				 -1, 0);

		if (got != at)
			test_fail("%s: range %zu is taken, errno %d", who, i, errno);
		else if (i % 2 == 0)
			*(volatile char *)(r[i].end - 1) = 1;
	}
	for (size_t i = 0; i < count; i++)
		CHECK_EQ(munmap((void *)r[i].start, r[i].end - r[i].start), 0);
}

#define FITS(layout) fits(#layout, layout, sizeof(layout) / sizeof(layout[0]))

int main(void)
{
	FITS(thread_sanitizer);
	FITS(memory_sanitizer);
	FITS(address_sanitizer);
	return TEST_RESULT;
}
