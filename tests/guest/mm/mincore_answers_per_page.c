/* mincore: errors first; touched pages are resident. */
#include "../test.h"
#include <sys/mman.h>
#include <sys/syscall.h>

int main(void)
{
	char *p = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	unsigned char vec[9];

	REQUIRE(p != MAP_FAILED);
	memset(vec, 0xaa, sizeof(vec));
	CHECK_ERR(mincore(p + 1, PAGE, vec), EINVAL);
	CHECK_EQ(sys3(SYS_mincore, p, 8 * PAGE, BAD_HIGH), -EFAULT);
	CHECK_EQ(sys3(SYS_mincore, p, 8 * PAGE, NULL), -EFAULT);
	memset(p, 1, 8 * PAGE);
	CHECK_EQ(mincore(p, 8 * PAGE - 5, vec), 0);
	for (int i = 0; i < 8; i++)
		CHECK_EQ(vec[i] & 1, 1);
	CHECK_EQ(vec[8], 0xaa);
	REQUIRE(munmap(p + 3 * PAGE, PAGE) == 0);
	CHECK_ERR(mincore(p, 8 * PAGE, vec), ENOMEM);
	CHECK_EQ(mincore(p, 3 * PAGE, vec), 0);
	return TEST_RESULT;
}
