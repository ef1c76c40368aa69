/* Length zero, overflow, unknown types, bad fds and offsets. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static long map(unsigned long addr, unsigned long len, int prot, int flags, int fd, long off)
{
	return sys6(SYS_mmap, (long)addr, (long)len, prot, flags, fd, off);
}

int main(void)
{
	int file = open("/tmp/f", O_RDWR | O_CREAT, 0600);
	int path = open("/tmp/f", O_PATH);
	int dir = open("/tmp", O_RDONLY);
	int fds[2];

	REQUIRE(file >= 0 && path >= 0 && dir >= 0 && pipe(fds) == 0);
	CHECK_EQ(map(0, 0, PROT_READ, ANON, -1, 0), -EINVAL);
	CHECK_EQ(map(0, ~0UL, PROT_READ, ANON, -1, 0), -ENOMEM);
	CHECK_EQ(map(0, ~0UL - 4095, PROT_READ, ANON, -1, 0), -ENOMEM);
	CHECK_EQ(map(0, 1UL << 47, PROT_READ, ANON, -1, 0), -ENOMEM);
	CHECK_EQ(map(0, 1UL << 63, PROT_READ, ANON, -1, 0), -ENOMEM);
	CHECK_EQ(map(0, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0), -EINVAL);
	CHECK_EQ(map(0, PAGE, PROT_READ, 0, file, 0), -EINVAL);
	CHECK_EQ(map(0, PAGE, PROT_READ, MAP_PRIVATE, -1, 0), -EBADF);
	CHECK_EQ(map(0, PAGE, PROT_READ, MAP_PRIVATE, 999, 0), -EBADF);
	CHECK_EQ(map(0, PAGE, PROT_READ, MAP_PRIVATE, path, 0), -EBADF);
	CHECK_EQ(map(0, PAGE, PROT_READ, MAP_PRIVATE, dir, 0), -ENODEV);
	CHECK_EQ(map(0, PAGE, PROT_READ, MAP_PRIVATE, fds[0], 0), -ENODEV);
	CHECK_EQ(map(0, PAGE, PROT_READ, MAP_PRIVATE, file, 1), -EINVAL);
	CHECK_EQ(map(0, PAGE, PROT_READ, MAP_PRIVATE, file, 2048), -EINVAL);
	CHECK_EQ(map(0, 2 * PAGE, PROT_READ, MAP_PRIVATE, file, (long)(0UL - PAGE)),
		 -EOVERFLOW);
	CHECK_EQ(map(1, PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0), -EINVAL);
	CHECK_EQ(map(0x10001, PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0), -EINVAL);
	CHECK_EQ(map(0x7fffff000800, PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0), -EINVAL);
	return TEST_RESULT;
}
