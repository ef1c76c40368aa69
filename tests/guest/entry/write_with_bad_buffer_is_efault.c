/* Bad pointers of every kind give EFAULT in both directions, and the program lives on. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

int main(void)
{
	char *none = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *readonly = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *const bad[] = { NULL, BAD_LOW, BAD_EDGE, BAD_HIGH, (void *)~0UL, none,
			      (void *)0x800000000000, (void *)0xffffffff81000000 };
	int fds[2];

	REQUIRE(pipe(fds) == 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_EQ(sys3(SYS_write, fds[1], bad[i], 1), -EFAULT);
		CHECK_EQ(sys2(SYS_getcwd, bad[i], 4096), -EFAULT);
		CHECK_EQ(sys1(SYS_uname, bad[i]), -EFAULT);
		CHECK_EQ(sys4(SYS_openat, AT_FDCWD, bad[i], O_RDONLY, 0), -EFAULT);
		CHECK_EQ(sys1(SYS_pipe, bad[i]), -EFAULT);
	}
	CHECK_EQ(sys1(SYS_uname, readonly), -EFAULT);
	CHECK_EQ(write(fds[1], "ok", 2), 2);
	CHECK_EQ(sys3(SYS_read, fds[0], readonly, 2), -EFAULT);
	return TEST_RESULT;
}
