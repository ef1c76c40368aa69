/* epoll_ctl's errors; level, edge, one-shot and exclusive; closed and duplicated descriptors. */
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>

#include "../test.h"

static int ep;

static int ctl(int op, int fd, unsigned events)
{
	struct epoll_event e = { .events = events, .data.u64 = (unsigned)fd };

	return epoll_ctl(ep, op, fd, &e);
}

/* How many are ready now, and the first one's events. */
static int ready(unsigned *events)
{
	struct epoll_event e[8];
	int n = epoll_wait(ep, e, 8, 0);

	*events = n > 0 ? e[0].events : 0;
	return n;
}

static void errors(void)
{
	int file = open("/etc/passwd", O_RDONLY), other = epoll_create1(0), fds[2];
	struct epoll_event e;

	REQUIRE(pipe(fds) == 0);
	CHECK_ERR(epoll_create(0), EINVAL);
	CHECK_ERR(epoll_create(-1), EINVAL);
	CHECK_ERR(epoll_create1(1), EINVAL);
	CHECK_ERR(ctl(EPOLL_CTL_ADD, 999, EPOLLIN), EBADF);
	CHECK_ERR(epoll_ctl(999, EPOLL_CTL_ADD, fds[0], &e), EBADF);
	CHECK_ERR(epoll_ctl(fds[0], EPOLL_CTL_ADD, fds[1], &e), EINVAL);
	CHECK_ERR(ctl(EPOLL_CTL_ADD, file, EPOLLIN), EPERM);
	CHECK_ERR(ctl(EPOLL_CTL_ADD, ep, EPOLLIN), EINVAL);
	CHECK_ERR(ctl(EPOLL_CTL_MOD, fds[0], EPOLLIN), ENOENT);
	CHECK_ERR(ctl(EPOLL_CTL_DEL, fds[0], 0), ENOENT);
	CHECK_ERR(ctl(99, fds[0], 0), EINVAL);
	CHECK_EQ(sys4(SYS_epoll_ctl, ep, EPOLL_CTL_ADD, fds[0], BAD_HIGH), -EFAULT);
	CHECK_EQ(ctl(EPOLL_CTL_ADD, fds[0], EPOLLIN), 0);
	CHECK_ERR(ctl(EPOLL_CTL_ADD, fds[0], EPOLLIN), EEXIST);
	CHECK_EQ(sys4(SYS_epoll_ctl, ep, EPOLL_CTL_DEL, fds[0], BAD_HIGH), 0);
	CHECK_ERR(epoll_wait(ep, &e, 0, 0), EINVAL);
	CHECK_EQ(sys4(SYS_epoll_wait, ep, &e, -1, 0), -EINVAL);
	CHECK_ERR(epoll_wait(fds[0], &e, 1, 0), EINVAL);
	CHECK_ERR(epoll_wait(999, &e, 1, 0), EBADF);
	/* Only when there is something to store. */
	CHECK_EQ(sys4(SYS_epoll_wait, ep, BAD_HIGH, 1, 0), -EFAULT);
	/* Loops and depth. */
	CHECK_EQ(ctl(EPOLL_CTL_ADD, other, EPOLLIN), 0);
	e.events = EPOLLIN;
	CHECK_ERR(epoll_ctl(other, EPOLL_CTL_ADD, ep, &e), ELOOP);
	CHECK_ERR(ctl(EPOLL_CTL_MOD, other, EPOLLIN | EPOLLEXCLUSIVE), EINVAL);
	CHECK_EQ(ctl(EPOLL_CTL_DEL, other, 0), 0);
	CHECK_ERR(ctl(EPOLL_CTL_ADD, other, EPOLLIN | EPOLLEXCLUSIVE), EINVAL);
	CHECK_ERR(ctl(EPOLL_CTL_ADD, fds[0], EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT), EINVAL);
	CHECK_EQ(ctl(EPOLL_CTL_ADD, fds[0], EPOLLIN | EPOLLEXCLUSIVE), 0);
	CHECK_ERR(ctl(EPOLL_CTL_MOD, fds[0], EPOLLIN), EINVAL);
	CHECK_EQ(ctl(EPOLL_CTL_DEL, fds[0], 0), 0);
	struct timespec bad = { 0, 1000000000 };
	CHECK_EQ(sys6(441 /* epoll_pwait2 */, ep, (long)&e, 1, (long)&bad, 0, 0), -EINVAL);
	bad = (struct timespec){ 0, 1000 };
	CHECK_EQ(sys6(441, ep, (long)&e, 1, (long)&bad, 0, 0), 0);
	CHECK_EQ(sys6(441, ep, (long)&e, 1, (long)BAD_HIGH, 0, 0), -EFAULT);
	unsigned long mask = 0;
	CHECK_EQ(sys6(SYS_epoll_pwait, ep, (long)&e, 1, 0, (long)&mask, 4), -EINVAL);
	close(file);
	close(other);
	close(fds[0]);
	close(fds[1]);
}

static void kinds(void)
{
	unsigned ev;
	uint64_t one = 1, back;
	int fd = eventfd(0, EFD_NONBLOCK);

	CHECK_EQ(ctl(EPOLL_CTL_ADD, fd, EPOLLIN), 0);
	CHECK_EQ(ready(&ev), 0);
	CHECK_EQ(write(fd, &one, 8), 8);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(ready(&ev), 1); /* level */
	CHECK_EQ(ctl(EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLET), 0);
	CHECK_EQ(ready(&ev), 1);
	CHECK_EQ(ready(&ev), 0);
	CHECK_EQ(write(fd, &one, 8), 8); /* another edge, though it was readable */
	CHECK_EQ(ready(&ev), 1);
	CHECK_EQ(ready(&ev), 0);
	CHECK_EQ(read(fd, &back, 8), 8);
	CHECK_EQ(ready(&ev), 0);
	CHECK_EQ(ctl(EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLONESHOT), 0);
	CHECK_EQ(write(fd, &one, 8), 8);
	CHECK_EQ(ready(&ev), 1);
	CHECK_EQ(ready(&ev), 0);
	CHECK_EQ(write(fd, &one, 8), 8);
	CHECK_EQ(ready(&ev), 0); /* disarmed */
	CHECK_EQ(ctl(EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLOUT), 0);
	CHECK_EQ(ready(&ev), 1);
	CHECK_EQ(ev, EPOLLIN | EPOLLOUT);
	CHECK_EQ(ctl(EPOLL_CTL_MOD, fd, 0), 0);
	CHECK_EQ(ready(&ev), 0);
	close(fd);
}

static void hang_ups_and_copies(void)
{
	int fds[2];
	unsigned ev;

	REQUIRE(pipe(fds) == 0);
	CHECK_EQ(ctl(EPOLL_CTL_ADD, fds[0], 0), 0); /* hang-ups are always told */
	CHECK_EQ(ready(&ev), 0);
	close(fds[1]);
	CHECK_EQ(ready(&ev), 1);
	CHECK_EQ(ev, EPOLLHUP);
	/* A copy keeps the description, and so the registration, alive. */
	int copy = dup(fds[0]);
	close(fds[0]);
	CHECK_EQ(ready(&ev), 1);
	CHECK_ERR(ctl(EPOLL_CTL_DEL, fds[0], 0), EBADF);
	CHECK_ERR(ctl(EPOLL_CTL_DEL, copy, 0), ENOENT);
	close(copy);
	CHECK_EQ(ready(&ev), 0);
	/* A set is readable when something in it is ready. */
	int outer = epoll_create1(0), event = eventfd(1, 0);
	struct epoll_event e = { .events = EPOLLIN };
	CHECK_EQ(epoll_ctl(outer, EPOLL_CTL_ADD, ep, &e), 0);
	CHECK_EQ(epoll_wait(outer, &e, 1, 0), 0);
	CHECK_EQ(ctl(EPOLL_CTL_ADD, event, EPOLLIN), 0);
	CHECK_EQ(epoll_wait(outer, &e, 1, 0), 1);
	close(event);
	CHECK_EQ(epoll_wait(outer, &e, 1, 0), 0);
	close(outer);
}

int main(void)
{
	ep = epoll_create1(EPOLL_CLOEXEC);
	REQUIRE(ep >= 0);
	CHECK_EQ(fcntl(ep, F_GETFD), FD_CLOEXEC);
	errors();
	kinds();
	hang_ups_and_copies();
	return TEST_RESULT;
}
