/* A shared file mapping that moves is still the file, at the same offset. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>

int main(void)
{
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600);
	char *p, *q, *target, text[8] = "";

	REQUIRE(fd >= 0 && ftruncate(fd, 8 * PAGE) == 0);
	p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 2 * PAGE);
	target = mmap(NULL, 8 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(p != MAP_FAILED && target != MAP_FAILED);
	strcpy(p + PAGE, "before");
	q = mremap(p, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target);
	REQUIRE(q == target);
	CHECK(strcmp(q + PAGE, "before") == 0);
	strcpy(q + 3 * PAGE, "after");
	CHECK_EQ(pread(fd, text, 6, 5 * PAGE), 6);
	CHECK(strcmp(text, "after") == 0);
	return TEST_RESULT;
}
