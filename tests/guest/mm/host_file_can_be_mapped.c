/* A file of the root file system, mapped: the bytes read() gives; the copy is private. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

int main(void)
{
	int fd = open("/bin/cat", O_RDONLY);
	char chunk[4096], *p;
	struct stat st;

	REQUIRE(fd >= 0 && fstat(fd, &st) == 0);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	REQUIRE(p != MAP_FAILED);
	for (off_t at = 0; at < st.st_size; at += (off_t)sizeof(chunk)) {
		ssize_t n = pread(fd, chunk, sizeof(chunk), at);

		if (n <= 0 || memcmp(chunk, p + at, (size_t)n) != 0)
			test_fail("differs near %lld", (long long)at);
	}
	p[0] = 'X';
	CHECK_EQ(pread(fd, chunk, 4, 0), 4);
	CHECK(memcmp(chunk, "\177ELF", 4) == 0);
	return TEST_RESULT;
}
