/* EACCES: reading needs a readable fd, shared writing a writable one. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>

static void *map(int prot, int flags, int fd)
{
	return mmap(NULL, PAGE, prot, flags, fd, 0);
}

int main(void)
{
	int rw = open("/tmp/f", O_RDWR | O_CREAT, 0600);
	int r = open("/tmp/f", O_RDONLY), w = open("/tmp/f", O_WRONLY);
	int a = open("/tmp/f", O_RDWR | O_APPEND);
	char *p;

	REQUIRE(rw >= 0 && r >= 0 && w >= 0 && a >= 0 && ftruncate(rw, PAGE) == 0);
	CHECK_ERR((long)map(PROT_READ, MAP_PRIVATE, w), EACCES);
	CHECK_ERR((long)map(PROT_READ, MAP_SHARED, w), EACCES);
	CHECK_ERR((long)map(PROT_WRITE, MAP_SHARED, w), EACCES);
	CHECK_ERR((long)map(PROT_READ | PROT_WRITE, MAP_SHARED, r), EACCES);
	CHECK(map(PROT_READ | PROT_WRITE, MAP_PRIVATE, r) != MAP_FAILED);
	CHECK(map(PROT_READ | PROT_WRITE, MAP_SHARED, rw) != MAP_FAILED);
	CHECK(map(PROT_READ | PROT_WRITE, MAP_SHARED, a) != MAP_FAILED);
	p = map(PROT_READ, MAP_SHARED, r);
	REQUIRE(p != MAP_FAILED);
	CHECK_ERR(mprotect(p, PAGE, PROT_READ | PROT_WRITE), EACCES);
	CHECK_EQ(p[0], 0);
	return TEST_RESULT;
}
