/* eventfd: sizes, the largest value, semaphores, readiness at both ends of the range. */
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

#include "../test.h"

static int readiness(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	return poll(&p, 1, 0) < 0 ? -1 : p.revents;
}

int main(void)
{
	uint64_t v = 1, max = ~(uint64_t)0 - 1;
	int fd = eventfd(0, EFD_NONBLOCK);

	CHECK_ERR(eventfd(0, 4), EINVAL);
	CHECK_ERR(read(fd, &v, 7), EINVAL);
	CHECK_ERR(write(fd, &v, 7), EINVAL);
	CHECK_ERR(read(fd, &v, 8), EAGAIN);
	CHECK_EQ(readiness(fd), POLLOUT);
	v = ~(uint64_t)0;
	CHECK_ERR(write(fd, &v, 8), EINVAL);
	CHECK_EQ(write(fd, &max, 8), 8);
	CHECK_EQ(readiness(fd), POLLIN);
	v = 1;
	CHECK_ERR(write(fd, &v, 8), EAGAIN);
	v = 0;
	CHECK_EQ(write(fd, &v, 8), 8);
	CHECK_EQ(sys3(SYS_read, fd, BAD_HIGH, 8), -EFAULT);
	uint64_t many[2] = { 7, 7 };
	CHECK_EQ(lseek(fd, 5, SEEK_SET), 0); /* Linux: noop_llseek */
	CHECK_ERR(pread(fd, many, 8, 0), ESPIPE);
	int sem = eventfd(3, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC);
	CHECK_EQ(fcntl(sem, F_GETFD), FD_CLOEXEC);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(read(sem, many, 16), 8);
		CHECK_EQ(many[0], 1);
	}
	CHECK_EQ(many[1], 7);
	CHECK_ERR(read(sem, many, 8), EAGAIN);
	return TEST_RESULT;
}
