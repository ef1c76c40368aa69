/* Impossible breaks return the current one: below the start, huge, over a mapping. */
#include "../test.h"
#include <sys/mman.h>
#include <sys/syscall.h>

int main(void)
{
	unsigned long start = (unsigned long)sys1(SYS_brk, 0), now;
	unsigned long page = (start + PAGE - 1) & ~(PAGE - 1);
	char *wall;

	CHECK_EQ(sys1(SYS_brk, 1), start);
	CHECK_EQ(sys1(SYS_brk, ~0UL), start);
	CHECK_EQ(sys1(SYS_brk, 0x7ffffffff000), start);
	wall = mmap((void *)(page + 256 * PAGE), PAGE, PROT_READ,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	REQUIRE(wall == (void *)(page + 256 * PAGE));
	now = (unsigned long)sys1(SYS_brk, page + 512 * PAGE);
	CHECK_EQ(now, start);
	CHECK_EQ(sys1(SYS_brk, page + 128 * PAGE), page + 128 * PAGE);
	return TEST_RESULT;
}
