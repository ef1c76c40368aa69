/* Searching the address space with hints, as allocators do, always gets memory. */
#include "../test.h"
#include <sys/mman.h>

int main(void)
{
	for (unsigned long hint = 1UL << 32; hint < 1UL << 47; hint += 1UL << 37) {
		char *p = mmap((void *)hint, 1 << 21, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (p == MAP_FAILED) {
			test_fail("hint %#lx: errno %d", hint, errno);
			break;
		}
		p[0] = p[(1 << 21) - 1] = 1;
		if (munmap(p, 1 << 21) != 0)
			test_fail("munmap at %p", (void *)p);
	}
	return TEST_RESULT;
}
