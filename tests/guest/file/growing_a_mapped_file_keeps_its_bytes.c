/* A mapped file grows by writing inside of its last page: what is written stays. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>

static char *p;
static int fd;

static void expect(long at, char want)
{
	char have = 0;

	CHECK_EQ(pread(fd, &have, 1, at), 1);
	CHECK_EQ(have, want);
	CHECK_EQ(p[at], want);
}

int main(void)
{
	fd = open("/tmp/f", O_RDWR | O_CREAT, 0600);
	REQUIRE(fd >= 0 && pwrite(fd, "0123456789", 10, 0) == 10);
	p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(p != MAP_FAILED);
	CHECK_EQ(pwrite(fd, "abc", 3, 10), 3); /* right at the end */
	expect(10, 'a');
	expect(12, 'c');
	CHECK_EQ(pwrite(fd, "XYZ", 3, 12), 3); /* across it */
	expect(11, 'b');
	expect(12, 'X');
	expect(14, 'Z');
	CHECK_EQ(pwrite(fd, "far", 3, 100), 3);
	expect(15, 0);
	expect(99, 0);
	expect(100, 'f');
	expect(102, 'r');
	/* the last page is a hole, in a file that is mapped elsewhere */
	REQUIRE(ftruncate(fd, 0) == 0 && ftruncate(fd, 5 * PAGE + 100) == 0);
	CHECK_EQ(pwrite(fd, "hole", 4, 5 * PAGE + 200), 4);
	char have[4] = "";
	CHECK(pread(fd, have, 4, 5 * PAGE + 200) == 4 && memcmp(have, "hole", 4) == 0);
	return TEST_RESULT;
}
