/* A buffer whose second page is missing: what Linux reads and what it leaves. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

int main(void)
{
	char *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600);
	char text[200];

	REQUIRE(p != MAP_FAILED && fd >= 0 && munmap(p + PAGE, PAGE) == 0);
	memset(text, 'x', sizeof(text));
	REQUIRE(write(fd, text, sizeof(text)) == sizeof(text));
	/* a regular file gives the part that fits */
	CHECK_EQ(sys4(SYS_pread64, fd, p + PAGE - 100, 200, 0), 100);
	CHECK_EQ(p[PAGE - 1], 'x');
	CHECK_EQ(sys4(SYS_pread64, fd, p + PAGE, 200, 0), -EFAULT);
	CHECK_EQ(sys4(SYS_pwrite64, fd, p + PAGE - 100, 200, 0), 100);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 200);
	return TEST_RESULT;
}
