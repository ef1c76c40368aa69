/* process_vm_readv and writev on the own process: pieces, holes, protections, arguments. */
#include "../test.h"
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

int main(void)
{
	char *p = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char a[8] = "", b[8] = "";
	struct iovec local[2] = { { a, 3 }, { b, 8 } }, remote[2];
	pid_t self = getpid();

	REQUIRE(p != MAP_FAILED && munmap(p + PAGE, PAGE) == 0);
	memcpy(p, "0123456789", 10);
	remote[0] = (struct iovec){ p, 5 };
	remote[1] = (struct iovec){ p + 7, 3 };
	CHECK_EQ(process_vm_readv(self, local, 2, remote, 2, 0), 8);
	CHECK(memcmp(a, "012", 3) == 0 && memcmp(b, "34789", 5) == 0);
	CHECK_EQ(process_vm_writev(self, local, 1, remote, 2, 0), 3);
	remote[0] = (struct iovec){ p + PAGE - 4, 8 };
	CHECK_EQ(process_vm_readv(self, &local[1], 1, remote, 1, 0), 4); /* up to the hole */
	remote[0] = (struct iovec){ p + PAGE, 8 };
	CHECK_ERR(process_vm_readv(self, &local[1], 1, remote, 1, 0), EFAULT);
	CHECK_ERR(process_vm_writev(self, &local[1], 1, remote, 1, 0), EFAULT);
	remote[0] = (struct iovec){ p, 8 };
	CHECK_EQ(mprotect(p, PAGE, PROT_READ), 0);
	CHECK_ERR(process_vm_writev(self, &local[1], 1, remote, 1, 0), EFAULT);
	CHECK_EQ(mprotect(p, PAGE, PROT_NONE), 0);
	CHECK_ERR(process_vm_readv(self, &local[1], 1, remote, 1, 0), EFAULT);
	CHECK_EQ(process_vm_readv(self, local, 0, remote, 1, 0), 0);
	CHECK_EQ(process_vm_readv(self, local, 1, remote, 0, 0), 0);
	CHECK_ERR(process_vm_readv(self, local, 1, remote, 1, 1), EINVAL);
	CHECK_ERR(process_vm_readv(self, local, 2000, remote, 1, 0), EINVAL);
	CHECK_ERR(process_vm_readv(self, local, 1, remote, 2000, 0), EINVAL);
	CHECK_ERR(process_vm_readv(999999, local, 1, remote, 1, 0), ESRCH);
	CHECK_EQ(sys6(SYS_process_vm_readv, self, (long)BAD_LOW, 1, (long)remote, 1, 0), -EFAULT);
	CHECK_EQ(sys6(SYS_process_vm_readv, self, (long)local, 1, (long)BAD_LOW, 1, 0), -EFAULT);
	local[0].iov_len = (size_t)-1;
	CHECK_ERR(process_vm_readv(self, local, 1, remote, 1, 0), EINVAL);
	return TEST_RESULT;
}
