/* /proc/PID/mounts and mountinfo: POLLERR and POLLPRI once for each change that was not told. */
#include "../test.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define POINT "/tmp/watched"

static int changes(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLPRI };
	int n = poll(&p, 1, 0);

	return n == 0 ? 0 : p.revents;
}

static int event(int ep, int ms)
{
	struct epoll_event e = { 0 };

	return epoll_wait(ep, &e, 1, ms) == 1 ? (int)e.events : 0;
}

static void *mounter(void *unused)
{
	usleep(20000);
	CHECK_EQ(mount("none", POINT, "tmpfs", 0, NULL), 0);
	return unused;
}

int main(void)
{
	struct epoll_event e = { .events = EPOLLPRI };
	struct pollfd p;
	pthread_t t;
	char buf[256];
	int fd, info, ep = epoll_create1(0);

	if (geteuid() != 0)
		skip("only root mounts");
	if (unshare(CLONE_NEWNS) == 0)
		mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	REQUIRE(mkdir(POINT, 0700) == 0 || errno == EEXIST);
	fd = open("/proc/self/mounts", O_RDONLY);
	info = open("/proc/self/mountinfo", O_RDONLY);
	REQUIRE(fd >= 0 && info >= 0);

	p = (struct pollfd){ .fd = fd, .events = POLLIN | POLLOUT | POLLPRI };
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(p.revents, POLLIN);
	CHECK_EQ(changes(fd), 0);
	CHECK_EQ(mount("none", POINT, "tmpfs", 0, NULL), 0);
	CHECK_EQ(changes(fd), POLLERR | POLLPRI);
	CHECK_EQ(changes(fd), 0);
	CHECK_EQ(changes(info), POLLERR | POLLPRI); /* each open file by itself */
	CHECK(read(fd, buf, sizeof(buf)) > 0);
	CHECK_EQ(changes(fd), 0);
	CHECK_EQ(umount(POINT), 0);
	CHECK_EQ(changes(fd), POLLERR | POLLPRI);
	CHECK_EQ(changes(open("/proc/self/mounts", O_RDONLY)), 0);

	/* Waiting for one. */
	REQUIRE(pthread_create(&t, NULL, mounter, NULL) == 0);
	p.events = POLLPRI;
	CHECK_EQ(poll(&p, 1, 10000), 1);
	CHECK_EQ(p.revents, POLLERR | POLLPRI);
	pthread_join(t, NULL);
	CHECK_EQ(umount(POINT), 0);
	CHECK_EQ(changes(fd), POLLERR | POLLPRI);

	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e), 0);
	CHECK_EQ(event(ep, 0), 0);
	CHECK_EQ(mount("none", POINT, "tmpfs", 0, NULL), 0);
	CHECK_EQ(event(ep, 10000), EPOLLERR | EPOLLPRI);
	CHECK_EQ(event(ep, 0), 0);
	CHECK_EQ(umount(POINT), 0);
	CHECK_EQ(event(ep, 10000), EPOLLERR | EPOLLPRI);
	REQUIRE(pthread_create(&t, NULL, mounter, NULL) == 0);
	CHECK_EQ(event(ep, 10000), EPOLLERR | EPOLLPRI);
	pthread_join(t, NULL);
	CHECK_EQ(umount(POINT), 0);

	fd = open("/proc/self/status", O_RDONLY); /* others cannot be watched */
	CHECK_ERR(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e), EPERM);
	rmdir(POINT);
	return TEST_RESULT;
}
