/* ASLR: stack, heap, mmap and a PIE are not at the usual unrandomised places. */
//build: static-pie
#include "../test.h"
#include <sys/mman.h>
#include <sys/syscall.h>

int main(void)
{
	unsigned long heap = (unsigned long)sys1(SYS_brk, 0), stack = (unsigned long)&heap;
	unsigned long map = (unsigned long)mmap(NULL, PAGE, PROT_READ,
						MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(stack < 0x7ffffffff000 && stack > 0x10000);
	CHECK((stack >> 12) != 0x7fffffffe && (stack >> 12) != 0x7ffffffdf);
	CHECK(((unsigned long)main & ~0xffffffUL) != 0x555555000000);
	CHECK(((unsigned long)main & ~0xfffUL) != 0x555555555000);
	CHECK(heap % 16 == 0);
	CHECK(map % PAGE == 0 && map != 0x7ffff7fff000);
	return TEST_RESULT;
}
