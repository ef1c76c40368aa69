/* The last partial page reads zero past the end; whole pages past it raise SIGBUS. */
#include "../test.h"
#include "../fault.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

int main(void)
{
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600), out[2];
	struct fault f;
	char *p;

	REQUIRE(fd >= 0 && ftruncate(fd, PAGE + 100) == 0 && pipe(out) == 0);
	p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(p != MAP_FAILED);
	CHECK_EQ(p[PAGE + 100], 0);
	CHECK_EQ(p[2 * PAGE - 1], 0);
	f = fault_read(p + 2 * PAGE + 8);
	CHECK_EQ(f.sig, SIGBUS);
	CHECK_EQ(f.code, BUS_ADRERR);
	CHECK_EQ(f.addr, p + 2 * PAGE + 8);
	f = fault_write(p + 3 * PAGE);
	CHECK_EQ(f.sig, SIGBUS);
	CHECK_EQ(f.addr, p + 3 * PAGE);
	/* the kernel's own access to it is EFAULT, not a signal */
	CHECK_EQ(sys3(SYS_write, out[1], p + 2 * PAGE, 1), -EFAULT);
	REQUIRE(ftruncate(fd, 4 * PAGE) == 0);
	CHECK_EQ(fault_write(p + 3 * PAGE).sig, 0);
	REQUIRE(ftruncate(fd, PAGE) == 0);
	CHECK_EQ(fault_read(p + PAGE).sig, SIGBUS);
	CHECK_EQ(fault_read(p).sig, 0);
	return TEST_RESULT;
}
