/* timer_create, timer_settime, timerfd and setitimer: bad clocks, times, pointers, numbers. */
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>

#include "../test.h"

static void posix_timers(void)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct itimerspec it = { .it_value = { 100, 0 } }, old;
	int id = -1, second;

	CHECK_EQ(sys3(SYS_timer_create, 99, NULL, &id), -EINVAL);
	CHECK_EQ(sys3(SYS_timer_create, CLOCK_MONOTONIC, NULL, BAD_HIGH), -EFAULT);
	CHECK_EQ(sys3(SYS_timer_create, CLOCK_MONOTONIC, BAD_HIGH, &id), -EFAULT);
	ev.sigev_signo = 0;
	CHECK_EQ(sys3(SYS_timer_create, CLOCK_MONOTONIC, &ev, &id), -EINVAL);
	ev.sigev_signo = 65;
	CHECK_EQ(sys3(SYS_timer_create, CLOCK_MONOTONIC, &ev, &id), -EINVAL);
	ev.sigev_signo = SIGUSR1;
	ev.sigev_notify = 77;
	CHECK_EQ(sys3(SYS_timer_create, CLOCK_MONOTONIC, &ev, &id), -EINVAL);
	ev.sigev_notify = SIGEV_SIGNAL | SIGEV_THREAD_ID;
	ev._sigev_un._tid = 1;
	CHECK_EQ(sys3(SYS_timer_create, CLOCK_MONOTONIC, &ev, &id), -EINVAL);
	ev._sigev_un._tid = gettid();
	CHECK_EQ(sys3(SYS_timer_create, CLOCK_MONOTONIC, &ev, &id), 0);
	CHECK_EQ(sys3(SYS_timer_create, CLOCK_MONOTONIC, NULL, &second), 0);
	CHECK(second != id);
	CHECK_EQ(sys4(SYS_timer_settime, 999, 0, &it, NULL), -EINVAL);
	CHECK_EQ(sys4(SYS_timer_settime, -1, 0, &it, NULL), -EINVAL);
	CHECK_EQ(sys4(SYS_timer_settime, id, 0, NULL, NULL), -EINVAL);
	CHECK_EQ(sys4(SYS_timer_settime, id, 0, BAD_HIGH, NULL), -EFAULT);
	it.it_value.tv_nsec = 1000000000;
	CHECK_EQ(sys4(SYS_timer_settime, id, 0, &it, NULL), -EINVAL);
	it.it_value.tv_nsec = -1;
	CHECK_EQ(sys4(SYS_timer_settime, id, 0, &it, NULL), -EINVAL);
	it.it_value = (struct timespec){ -1, 0 };
	CHECK_EQ(sys4(SYS_timer_settime, id, 0, &it, NULL), -EINVAL);
	it.it_value = (struct timespec){ 100, 0 };
	it.it_interval.tv_nsec = 1000000000;
	CHECK_EQ(sys4(SYS_timer_settime, id, 0, &it, NULL), -EINVAL);
	it.it_interval = (struct timespec){ 7, 5 };
	CHECK_EQ(sys4(SYS_timer_settime, id, 0, &it, NULL), 0);
	CHECK_EQ(sys2(SYS_timer_gettime, id, &old), 0);
	CHECK(old.it_value.tv_sec == 99 || old.it_value.tv_sec == 100);
	CHECK_EQ(old.it_interval.tv_nsec, 5);
	CHECK_EQ(sys2(SYS_timer_gettime, id, BAD_HIGH), -EFAULT);
	CHECK_EQ(sys2(SYS_timer_gettime, 999, &old), -EINVAL);
	CHECK_EQ(sys1(SYS_timer_getoverrun, id), 0);
	CHECK_EQ(sys1(SYS_timer_getoverrun, 999), -EINVAL);
	/* The bad place for the old value is noticed after the change. */
	it.it_value = (struct timespec){ 50, 0 };
	CHECK_EQ(sys4(SYS_timer_settime, id, 0, &it, BAD_HIGH), -EFAULT);
	CHECK_EQ(sys2(SYS_timer_gettime, id, &old), 0);
	CHECK(old.it_value.tv_sec <= 50);
	it.it_value = (struct timespec){ 0, 0 };
	CHECK_EQ(sys4(SYS_timer_settime, id, 0, &it, &old), 0);
	CHECK(old.it_value.tv_sec >= 49);
	CHECK_EQ(sys2(SYS_timer_gettime, id, &old), 0);
	CHECK_EQ(old.it_value.tv_sec, 0);
	CHECK_EQ(sys1(SYS_timer_delete, id), 0);
	CHECK_EQ(sys1(SYS_timer_delete, id), -EINVAL);
	CHECK_EQ(sys1(SYS_timer_delete, second), 0);
}

static void descriptors(void)
{
	struct itimerspec it = { .it_value = { 0, 1000000000 } }, old;
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), file;
	uint64_t n;

	CHECK_ERR(timerfd_create(99, 0), EINVAL);
	CHECK_ERR(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0), EINVAL);
	CHECK_ERR(timerfd_create(CLOCK_MONOTONIC, 3), EINVAL);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_ERR(timerfd_settime(fd, 0, &it, NULL), EINVAL);
	it.it_value.tv_nsec = 1;
	CHECK_ERR(timerfd_settime(fd, 99, &it, NULL), EINVAL);
	CHECK_ERR(timerfd_settime(999, 0, &it, NULL), EBADF);
	file = open("/dev/null", O_RDONLY);
	CHECK_ERR(timerfd_settime(file, 0, &it, NULL), EINVAL);
	CHECK_ERR(timerfd_gettime(file, &it), EINVAL);
	CHECK_EQ(sys4(SYS_timerfd_settime, fd, 0, BAD_HIGH, NULL), -EFAULT);
	CHECK_EQ(sys2(SYS_timerfd_gettime, fd, BAD_HIGH), -EFAULT);
	CHECK_ERR(read(fd, &n, 8), EAGAIN);
	CHECK_ERR(read(fd, &n, 4), EINVAL);
	CHECK_ERR(write(fd, &n, 8), EINVAL);
	/* The past, absolutely: at once. */
	it.it_value = (struct timespec){ 0, 1 };
	CHECK_EQ(timerfd_settime(fd, TFD_TIMER_ABSTIME, &it, NULL), 0);
	while (read(fd, &n, 8) < 0 && errno == EAGAIN)
		usleep(1000);
	CHECK_EQ(n, 1);
	CHECK_EQ(timerfd_gettime(fd, &old), 0);
	CHECK_EQ(old.it_value.tv_sec + old.it_value.tv_nsec, 0);
	close(fd);
	close(file);
}

static void interval_timers(void)
{
	struct itimerval it = { .it_value = { 1000, 0 }, .it_interval = { 5, 6 } }, old;

	CHECK_EQ(sys3(SYS_setitimer, 99, &it, NULL), -EINVAL);
	CHECK_EQ(sys2(SYS_getitimer, 99, &old), -EINVAL);
	CHECK_EQ(sys3(SYS_setitimer, ITIMER_REAL, BAD_HIGH, NULL), -EFAULT);
	CHECK_EQ(sys2(SYS_getitimer, ITIMER_REAL, BAD_HIGH), -EFAULT);
	CHECK_EQ(sys3(SYS_setitimer, ITIMER_REAL, &it, NULL), 0);
	it.it_value.tv_usec = 1000000;
	CHECK_EQ(sys3(SYS_setitimer, ITIMER_REAL, &it, NULL), -EINVAL);
	it.it_value.tv_usec = -1;
	CHECK_EQ(sys3(SYS_setitimer, ITIMER_REAL, &it, NULL), -EINVAL);
	CHECK_EQ(getitimer(ITIMER_REAL, &old), 0);
	CHECK(old.it_value.tv_sec == 999 || old.it_value.tv_sec == 1000);
	CHECK_EQ(old.it_interval.tv_sec, 5);
	CHECK_EQ(old.it_interval.tv_usec, 6);
	/* alarm() is the same timer and drops the interval. */
	CHECK(alarm(10) >= 999);
	CHECK_EQ(getitimer(ITIMER_REAL, &old), 0);
	CHECK_EQ(old.it_interval.tv_sec, 0);
	/* Linux: no new value is a zero. */
	CHECK_EQ(sys3(SYS_setitimer, ITIMER_REAL, NULL, &old), 0);
	CHECK(old.it_value.tv_sec == 9 || old.it_value.tv_sec == 10);
	CHECK_EQ(alarm(0), 0);
}

static void clocks(void)
{
	struct timespec t = { 0, 1000000000 };

	CHECK_EQ(sys2(SYS_clock_settime, CLOCK_MONOTONIC, &t), -EINVAL);
	CHECK_EQ(sys2(SYS_clock_settime, 99, &t), -EINVAL);
	CHECK_EQ(sys2(SYS_clock_settime, CLOCK_REALTIME, BAD_HIGH), -EFAULT);
	CHECK_EQ(sys2(SYS_clock_gettime, 99, &t), -EINVAL);
	CHECK_EQ(sys2(SYS_clock_getres, 99, &t), -EINVAL);
	CHECK_EQ(sys2(SYS_clock_getres, CLOCK_MONOTONIC, NULL), 0);
	CHECK_EQ(sys4(SYS_clock_nanosleep, 99, 0, &t, NULL), -EINVAL);
	CHECK_EQ(sys4(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &t, NULL), -EINVAL);
	CHECK_EQ(sys4(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, BAD_HIGH, NULL), -EFAULT);
	t = (struct timespec){ 0, 0 };
	CHECK_EQ(sys4(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &t, NULL), -EOPNOTSUPP);
	CHECK_EQ(sys4(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL), 0);
}

int main(void)
{
	posix_timers();
	descriptors();
	interval_timers();
	clocks();
	return TEST_RESULT;
}
