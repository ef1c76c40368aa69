/* pipe and pipe2 with a bad pointer or flags make no descriptors. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

int main(void)
{
	int *readonly = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fds[2] = { 77, 78 };

	CHECK_EQ(sys1(SYS_pipe, NULL), -EFAULT);
	CHECK_EQ(sys1(SYS_pipe, BAD_HIGH), -EFAULT);
	CHECK_EQ(sys2(SYS_pipe2, BAD_LOW, 0), -EFAULT);
	CHECK_EQ(sys2(SYS_pipe2, readonly, O_CLOEXEC), -EFAULT);
	CHECK_EQ(sys2(SYS_pipe2, fds, 0x1), -EINVAL);
	CHECK_EQ(sys2(SYS_pipe2, fds, O_APPEND), -EINVAL);
	CHECK_EQ(sys2(SYS_pipe2, fds, -1), -EINVAL);
	CHECK(fds[0] == 77 && fds[1] == 78);
	CHECK_EQ(open("/dev/null", O_RDONLY), 3);
	CHECK_EQ(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	CHECK(fds[0] == 4 && fds[1] == 5);
	CHECK_EQ(fcntl(4, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(5, F_GETFL), O_WRONLY | O_NONBLOCK);
	return TEST_RESULT;
}
