/* mmap of /dev/zero, private and shared, is zeroed memory. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>

int main(void)
{
	int fd = open("/dev/zero", O_RDWR);
	char *p, *q;

	REQUIRE(fd >= 0);
	p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	q = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(p != MAP_FAILED && q != MAP_FAILED);
	CHECK_EQ(p[PAGE] | q[PAGE], 0);
	p[PAGE] = 1;
	CHECK_EQ(q[PAGE], 0);
	q[PAGE] = 2;
	CHECK_EQ(p[PAGE], 1);
	CHECK_EQ(munmap(p, 2 * PAGE), 0);
	return TEST_RESULT;
}
