/* timerfd: reading, polling, missed expirations, a timer armed by a process that has ended. */
#include "../test.h"
#include <poll.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>

int main(void)
{
	struct itimerspec spec = { { 0, 10000000 }, { 0, 10000000 } }, now;
	struct itimerspec once = { .it_value = { 0, 100000000 } };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t count;
	pid_t pid;

	REQUIRE(fd >= 0);
	CHECK_ERR(read(fd, &count, 8), EAGAIN);
	CHECK_ERR(read(fd, &count, 4), EINVAL);
	CHECK_EQ(timerfd_settime(fd, 0, &spec, NULL), 0);
	CHECK_EQ(poll(&p, 1, 2000), 1);
	CHECK_EQ(read(fd, &count, 8), 8);
	CHECK(count >= 1);
	usleep(45000);
	CHECK_EQ(read(fd, &count, 8), 8);
	CHECK(count >= 3);
	CHECK_EQ(timerfd_gettime(fd, &now), 0);
	CHECK_EQ(now.it_interval.tv_nsec, 10000000);
	CHECK(now.it_value.tv_sec == 0 && now.it_value.tv_nsec <= 10000000);
	CHECK_EQ(timerfd_settime(fd, 0, &(struct itimerspec){ 0 }, &now), 0);
	CHECK_EQ(timerfd_gettime(fd, &now), 0);
	CHECK_EQ(now.it_value.tv_sec + now.it_value.tv_nsec, 0);

	pid = fork();
	if (pid == 0)
		_exit(timerfd_settime(fd, 0, &once, NULL) == 0 ? 0 : 1);
	waitpid(pid, NULL, 0);
	CHECK_EQ(poll(&p, 1, 5000), 1);
	CHECK_EQ(read(fd, &count, 8), 8);
	CHECK_EQ(count, 1);

	CHECK_ERR(timerfd_create(99, 0), EINVAL);
	CHECK_ERR(timerfd_create(CLOCK_MONOTONIC, 77), EINVAL);
	CHECK_ERR(timerfd_settime(99, 0, &spec, NULL), EBADF);
	CHECK_ERR(timerfd_settime(fd, 8, &spec, NULL), EINVAL);
	spec.it_value.tv_nsec = 1000000000;
	CHECK_ERR(timerfd_settime(fd, 0, &spec, NULL), EINVAL);
	return TEST_RESULT;
}
