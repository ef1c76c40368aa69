/* A private mapping also loses the pages a truncation takes away. */
#include "../test.h"
#include "../fault.h"
#include <fcntl.h>
#include <sys/mman.h>

int main(void)
{
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600);
	char *p;

	REQUIRE(fd >= 0 && ftruncate(fd, 2 * PAGE) == 0);
	p = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	REQUIRE(p != MAP_FAILED);
	CHECK_EQ(p[PAGE], 0);
	REQUIRE(ftruncate(fd, 10) == 0);
	CHECK_EQ(fault_read(p + PAGE).sig, SIGBUS);
	CHECK_EQ(fault_read(p + 100).sig, 0);
	return TEST_RESULT;
}
