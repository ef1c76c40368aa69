/* rdi rsi rdx r10 r8 r9 each reach the call: mmap uses all of them. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

int main(void)
{
	int fd = open("/tmp/six", O_RDWR | O_CREAT, 0600);
	char *wanted = mmap(NULL, 4 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *got;

	REQUIRE(fd >= 0 && wanted != MAP_FAILED);
	REQUIRE(ftruncate(fd, 3 * PAGE) == 0);
	CHECK_EQ(pwrite(fd, "third page", 10, 2 * PAGE), 10);
	got = (char *)sys6(SYS_mmap, (long)(wanted + PAGE), PAGE, PROT_READ,
			   MAP_PRIVATE | MAP_FIXED, fd, 2 * PAGE);
	CHECK_EQ(got, wanted + PAGE);
	CHECK(memcmp(wanted + PAGE, "third page", 10) == 0);
	return TEST_RESULT;
}
