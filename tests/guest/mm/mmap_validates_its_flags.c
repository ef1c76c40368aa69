/* MAP_SHARED_VALIDATE refuses flags it does not know; MAP_SHARED overlooks them. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>

#define VALIDATE 0x03
#define SYNC 0x80000

static void *map(int flags, int fd)
{
	return mmap(NULL, PAGE, PROT_READ, flags, fd, 0);
}

int main(void)
{
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600);

	REQUIRE(fd >= 0 && ftruncate(fd, 4096) == 0);
	CHECK(map(VALIDATE, fd) != MAP_FAILED);
	CHECK(map(VALIDATE | MAP_NORESERVE | MAP_POPULATE | MAP_STACK, fd) != MAP_FAILED);
	CHECK(map(MAP_SHARED | 1 << 9, fd) != MAP_FAILED);
	CHECK(map(MAP_SHARED | SYNC, fd) != MAP_FAILED);
	CHECK(map(VALIDATE | 1 << 9, fd) == MAP_FAILED && errno == EOPNOTSUPP);
	CHECK(map(VALIDATE | 1 << 10, fd) == MAP_FAILED && errno == EOPNOTSUPP);
	CHECK(map(VALIDATE | SYNC, fd) == MAP_FAILED && errno == EOPNOTSUPP);
	CHECK(map(VALIDATE | MAP_ANONYMOUS, -1) == MAP_FAILED && errno == EINVAL);
	return TEST_RESULT;
}
