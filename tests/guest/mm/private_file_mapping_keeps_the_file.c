/* Writes to a private mapping stay private; the file and other mappings do not change. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>

int main(void)
{
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600);
	char text[16] = "", *one, *two;

	REQUIRE(fd >= 0 && write(fd, "original", 8) == 8);
	one = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	two = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	REQUIRE(one != MAP_FAILED && two != MAP_FAILED);
	CHECK(memcmp(one, "original\0\0", 10) == 0);
	memcpy(one, "CHANGED!", 8);
	CHECK(memcmp(two, "original", 8) == 0);
	CHECK_EQ(pread(fd, text, 8, 0), 8);
	CHECK(memcmp(text, "original", 8) == 0);
	close(fd);
	unlink("/tmp/f");
	CHECK(memcmp(one, "CHANGED!", 8) == 0);
	CHECK(memcmp(two, "original", 8) == 0);
	return TEST_RESULT;
}
