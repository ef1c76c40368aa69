/* MAP_GROWSDOWN: touching right below the mapping extends it. */
#include "../test.h"
#include "../fault.h"
#include <sys/mman.h>

int main(void)
{
	char *area = mmap(NULL, 1 << 22, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *p;

	REQUIRE(area != MAP_FAILED);
	REQUIRE(munmap(area, 1 << 22) == 0);
	p = mmap(area + (1 << 21), 4 * PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, -1, 0);
	REQUIRE(p != MAP_FAILED);
	for (int i = 1; i <= 32; i++)
		if (fault_write(p - i * (long)PAGE).sig != 0) {
			test_fail("page %d below could not be touched", i);
			break;
		}
	CHECK_EQ(p[-31 * (long)PAGE], 1);
	CHECK_EQ(p[-31 * (long)PAGE + 1], 0);
	return TEST_RESULT;
}
