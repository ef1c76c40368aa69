/* Code written to a file, mapped executable at an offset, calls into the kernel. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>

int main(void)
{
	int fd = open("/tmp/code", O_RDWR | O_CREAT, 0700);
	long (*call)(void);
	char *p;

	REQUIRE(fd >= 0 && ftruncate(fd, 3 * PAGE) == 0);
	REQUIRE(pwrite(fd, "\xb8\x27\x00\x00\x00\x0f\x05\xc3", 8, 2 * PAGE + 16) == 8);
	for (int shared = 0; shared < 2; shared++) {
		p = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, shared ? MAP_SHARED : MAP_PRIVATE,
			 fd, 2 * PAGE);
		REQUIRE(p != MAP_FAILED);
		call = (long (*)(void))(void *)(p + 16);
		for (int i = 0; i < 3; i++)
			CHECK_EQ(call(), getpid());
		CHECK(memcmp(p + 16, "\xb8\x27\x00\x00\x00\x0f\x05\xc3", 8) == 0);
		munmap(p, PAGE);
		p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 2 * PAGE);
		CHECK(memcmp(p + 16, "\xb8\x27\x00\x00\x00\x0f\x05\xc3", 8) == 0);
	}
	return TEST_RESULT;
}
