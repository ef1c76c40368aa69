/* A shared mapping, read() and write() see the same bytes, both ways, at once. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>

int main(void)
{
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600);
	char text[16] = "", *one, *two;

	REQUIRE(fd >= 0 && ftruncate(fd, 3 * PAGE) == 0);
	one = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	two = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, PAGE);
	REQUIRE(one != MAP_FAILED && two != MAP_FAILED && one != two);
	strcpy(one + PAGE + 10, "by memory");
	CHECK(strcmp(two + 10, "by memory") == 0);
	CHECK_EQ(pread(fd, text, 10, PAGE + 10), 10);
	CHECK(strcmp(text, "by memory") == 0);
	CHECK_EQ(pwrite(fd, "by write", 9, PAGE + 100), 9);
	CHECK(strcmp(two + 100, "by write") == 0);
	CHECK(strcmp(one + PAGE + 100, "by write") == 0);
	CHECK_EQ(msync(one, 3 * PAGE, MS_SYNC), 0);
	munmap(one, 3 * PAGE);
	strcpy(two, "still");
	CHECK_EQ(pread(fd, text, 6, PAGE), 6);
	CHECK(strcmp(text, "still") == 0);
	return TEST_RESULT;
}
