/* Short reads, vectored reads and writes, bad buffers lose no data. */
#include "../test.h"
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

int main(void)
{
	char a[4], b[4], *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec iov[2] = { { a, 4 }, { b, 4 } };
	int fds[2];

	REQUIRE(pipe(fds) == 0 && p != MAP_FAILED && munmap(p + PAGE, PAGE) == 0);
	CHECK_EQ(write(fds[1], "123456", 6), 6);
	CHECK_EQ(sys3(SYS_read, fds[0], BAD_HIGH, 6), -EFAULT);
	CHECK_EQ(readv(fds[0], iov, 2), 6);
	CHECK(memcmp(a, "1234", 4) == 0 && memcmp(b, "56", 2) == 0);
	CHECK_EQ(sys3(SYS_write, fds[1], p + PAGE, 4), -EFAULT);
	CHECK_EQ(writev(fds[1], iov, 2), 8);
	CHECK_EQ(read(fds[0], p, 100), 8);
	CHECK(memcmp(p, "123456", 6) == 0);
	CHECK_EQ(sys3(SYS_read, fds[0], p, 0), 0);
	CHECK_EQ(sys3(SYS_read, fds[0], BAD_HIGH, 0), -EFAULT);
	return TEST_RESULT;
}
