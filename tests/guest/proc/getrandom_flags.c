/* getrandom: sizes, flags, bad pointers; results differ; EFAULT part-way is a short result. */
#include "../test.h"
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>

int main(void)
{
	static unsigned char a[100000], b[100000];
	char *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	int counts[256] = { 0 };

	REQUIRE(p != MAP_FAILED && munmap(p + PAGE, PAGE) == 0);
	CHECK_EQ(getrandom(a, sizeof(a), 0), sizeof(a));
	CHECK_EQ(getrandom(b, sizeof(b), GRND_NONBLOCK), sizeof(b));
	CHECK(memcmp(a, b, sizeof(a)) != 0);
	for (size_t i = 0; i < sizeof(a); i++)
		counts[a[i]]++;
	for (int i = 0; i < 256; i++)
		CHECK(counts[i] > 200 && counts[i] < 600);
	CHECK_EQ(getrandom(a, 0, 0), 0);
	CHECK_EQ(getrandom(a, 16, GRND_RANDOM), 16);
	CHECK_EQ(getrandom(a, 16, GRND_INSECURE), 16);
	CHECK_ERR(getrandom(a, 16, GRND_RANDOM | GRND_INSECURE), EINVAL);
	CHECK_ERR(getrandom(a, 16, 0x100), EINVAL);
	CHECK_EQ(sys3(SYS_getrandom, BAD_HIGH, 16, 0), -EFAULT);
	CHECK_EQ(sys3(SYS_getrandom, NULL, 16, 0), -EFAULT);
	CHECK_EQ(sys3(SYS_getrandom, p + PAGE, 16, 0), -EFAULT);
	return TEST_RESULT;
}
