/* eventfd: counter, semaphore mode, overflow, sizes, poll, blocking between threads. */
#include "../test.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

static int blocking;

static void *writer(void *unused)
{
	uint64_t one = 5;

	CHECK_EQ(write(blocking, &one, 8), 8);
	return unused;
}

int main(void)
{
	int fd = eventfd(3, EFD_NONBLOCK), sem = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
	struct pollfd p = { fd, POLLIN | POLLOUT, 0 };
	uint64_t value = 0, max = ~0ULL, wide[4];
	pthread_t thread;

	REQUIRE(fd >= 0 && sem >= 0);
	CHECK_ERR(read(fd, &value, 7), EINVAL);
	CHECK_ERR(write(fd, &value, 4), EINVAL);
	CHECK_EQ(read(fd, wide, sizeof(wide)), 8);
	memcpy(&value, wide, sizeof(value));
	CHECK_EQ(value, 3);
	CHECK_ERR(read(fd, &value, 8), EAGAIN);
	CHECK(poll(&p, 1, 0) == 1 && p.revents == POLLOUT);
	CHECK_ERR(write(fd, &max, 8), EINVAL);
	max--;
	CHECK_EQ(write(fd, &max, 8), 8);
	value = 1;
	CHECK_ERR(write(fd, &value, 8), EAGAIN);
	CHECK(poll(&p, 1, 0) == 1 && p.revents == POLLIN);
	for (int i = 0; i < 2; i++)
		CHECK(read(sem, &value, 8) == 8 && value == 1);
	CHECK_ERR(read(sem, &value, 8), EAGAIN);
	CHECK_ERR(eventfd(0, 0x123), EINVAL);
	blocking = eventfd(0, EFD_CLOEXEC);
	CHECK_EQ(fcntl(blocking, F_GETFD), FD_CLOEXEC);
	REQUIRE(pthread_create(&thread, NULL, writer, NULL) == 0);
	CHECK(read(blocking, &value, 8) == 8 && value == 5);
	pthread_join(thread, NULL);
	return TEST_RESULT;
}
