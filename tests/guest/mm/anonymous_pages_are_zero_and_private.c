/* Anonymous mappings read as zero, hold what is written, and do not overlap. */
#include "../test.h"
#include <sys/mman.h>

int main(void)
{
	char *p[64];

	for (int i = 0; i < 64; i++) {
		p[i] = mmap(NULL, 64 * 1024, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		REQUIRE(p[i] != MAP_FAILED);
		CHECK_EQ((uintptr_t)p[i] % PAGE, 0);
		for (int k = 0; k < 64 * 1024; k++)
			if (p[i][k] != 0)
				test_fail("byte %d of mapping %d is not zero", k, i);
		memset(p[i], i + 1, 64 * 1024);
	}
	for (int i = 0; i < 64; i++)
		for (int k = 0; k < 64 * 1024; k += 4095)
			CHECK_EQ(p[i][k], i + 1);
	return TEST_RESULT;
}
