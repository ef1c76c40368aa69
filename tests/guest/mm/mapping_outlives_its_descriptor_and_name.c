/* close and unlink leave a mapping whole, for shared and private ones. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>

int main(void)
{
	for (int shared = 0; shared < 2; shared++) {
		int fd = open("/tmp/f", O_RDWR | O_CREAT | O_TRUNC, 0600);
		char *p;

		REQUIRE(fd >= 0 && ftruncate(fd, 16 * PAGE) == 0);
		REQUIRE(pwrite(fd, "tail", 4, 15 * PAGE) == 4);
		p = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE,
			 shared ? MAP_SHARED : MAP_PRIVATE, fd, 0);
		REQUIRE(p != MAP_FAILED);
		close(fd);
		CHECK_EQ(unlink("/tmp/f"), 0);
		CHECK_ERR(access("/tmp/f", F_OK), ENOENT);
		CHECK(memcmp(p + 15 * PAGE, "tail", 4) == 0);
		memset(p, 7, 16 * PAGE);
		CHECK_EQ(p[9 * PAGE + 5], 7);
		CHECK_EQ(munmap(p, 16 * PAGE), 0);
	}
	return TEST_RESULT;
}
