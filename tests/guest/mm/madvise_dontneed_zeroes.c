/* MADV_DONTNEED: anonymous memory reads zero again, file memory reads the file. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>

int main(void)
{
	char *p = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0), *q;
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600);

	REQUIRE(p != MAP_FAILED && fd >= 0 && write(fd, "file", 4) == 4);
	memset(p, 5, 8 * PAGE);
	CHECK_EQ(madvise(p + 2 * PAGE, 3 * PAGE, MADV_DONTNEED), 0);
	for (int i = 0; i < 8; i++)
		CHECK_EQ(p[i * PAGE + 100], i >= 2 && i < 5 ? 0 : 5);
	q = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	REQUIRE(q != MAP_FAILED);
	memcpy(q, "mine", 4);
	CHECK_EQ(madvise(q, PAGE, MADV_DONTNEED), 0);
	CHECK(memcmp(q, "file", 4) == 0);
	return TEST_RESULT;
}
