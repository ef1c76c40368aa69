/* mlock, munlock, mlock2, mlockall: results for good and bad ranges. */
#include "../test.h"
#include <sys/mman.h>
#include <sys/syscall.h>

/* What is locked is there, whatever may be done with it. */
static void present(int prot, int flags)
{
	char *p = mmap(NULL, 2 * PAGE, prot, flags | MAP_ANONYMOUS, -1, 0);
	unsigned char there[2] = { 0, 0 };

	REQUIRE(p != MAP_FAILED);
	CHECK_EQ(mlock(p, PAGE), 0);
	CHECK_EQ(mincore(p, 2 * PAGE, there), 0);
	CHECK_EQ(there[0] & 1, 1);
	CHECK_EQ(there[1] & 1, 0);
	CHECK_EQ(sys3(SYS_mlock2, p + PAGE, PAGE, 1), 0); /* MLOCK_ONFAULT: when it is used */
	CHECK_EQ(mincore(p, 2 * PAGE, there), 0);
	CHECK_EQ(there[1] & 1, 0);
	CHECK_EQ(mlock(p, 2 * PAGE), 0);
	CHECK_EQ(mincore(p, 2 * PAGE, there), 0);
	CHECK_EQ(there[1] & 1, 1);
	CHECK_EQ(munmap(p, 2 * PAGE), 0);
}

int main(void)
{
	present(PROT_READ, MAP_PRIVATE);
	present(PROT_WRITE, MAP_PRIVATE);
	present(PROT_READ | PROT_WRITE, MAP_PRIVATE);
	present(PROT_READ, MAP_SHARED);
	present(PROT_WRITE, MAP_SHARED);
	char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	REQUIRE(p != MAP_FAILED);
	CHECK_EQ(mlock(p, 4 * PAGE), 0);
	CHECK_EQ(munlock(p, 4 * PAGE), 0);
	CHECK_EQ(mlock(p + 5, 10), 0);
	CHECK_EQ(munlock(p + 5, 10), 0);
	CHECK_EQ(sys3(SYS_mlock2, p, PAGE, 0), 0);
	CHECK_EQ(sys3(SYS_mlock2, p, PAGE, 1), 0);
	CHECK_EQ(sys3(SYS_mlock2, p, PAGE, 2), -EINVAL);
	CHECK_ERR(mlockall(0), EINVAL);
	CHECK_ERR(mlockall(8), EINVAL);
	CHECK_EQ(munlockall(), 0);
	REQUIRE(munmap(p + PAGE, PAGE) == 0);
	CHECK_ERR(mlock(p, 4 * PAGE), ENOMEM);
	CHECK_ERR(munlock(p, 4 * PAGE), ENOMEM);
	return TEST_RESULT;
}
