/* read: sizes, padding of names, small buffers, FIONREAD, blocking, poll, bad addresses. */
#include "inotify.h"
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

static void *makes_a_file(void *unused)
{
	const struct timespec pause = { 0, 50000000 };

	nanosleep(&pause, NULL);
	close(open("late", O_CREAT | O_RDWR, 0600));
	return unused;
}

static void on_alarm(int sig)
{
	(void)sig;
}

int main(void)
{
	const struct itimerval often = { { 0, 100000 }, { 0, 100000 } };
	char buf[4096] __attribute__((aligned(8)));
	struct inotify_event *e = (void *)buf;
	char *volatile bad = BAD_LOW;
	struct pollfd p;
	pthread_t thread;
	int bytes, waits;

	in_start();
	in_watch(".", IN_CREATE, "dir");
	p = (struct pollfd){ in_fd, POLLIN | POLLOUT, 0 };
	CHECK_EQ(poll(&p, 1, 0), 0);
	CHECK_ERR(read(in_fd, buf, sizeof(buf)), EAGAIN);
	CHECK_ERR(read(in_fd, buf, 0), EAGAIN);
	in_touch("exactly15bytes_");  /* 15 and a zero: 16 */
	in_touch("exactly_16_bytes"); /* 17: 32 */
	in_touch("x");
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(p.revents, POLLIN);
	CHECK_EQ(ioctl(in_fd, FIONREAD, &bytes), 0);
	CHECK_EQ(bytes, 32 + 48 + 32);
	CHECK_ERR(ioctl(in_fd, FIONREAD, BAD_LOW), EFAULT);
	CHECK_ERR(read(in_fd, buf, 31), EINVAL);
	CHECK_EQ(read(in_fd, buf, 79), 32); /* the second does not fit */
	CHECK_EQ(e->len, 16);
	CHECK(strcmp(e->name, "exactly15bytes_") == 0);
	CHECK_ERR(read(in_fd, buf, 47), EINVAL);
	CHECK_EQ(read(in_fd, buf, 48), 48);
	CHECK_EQ(e->len, 32);
	for (int i = 16; i < 32; i++)
		CHECK_EQ(e->name[i], 0);
	CHECK_ERR(read(in_fd, bad, 100), EFAULT); /* and the event is lost */
	CHECK_ERR(read(in_fd, buf, 100), EAGAIN);
	waits = fcntl(in_fd, F_GETFL) & ~O_NONBLOCK;
	CHECK_EQ(fcntl(in_fd, F_SETFL, waits), 0);
	REQUIRE(pthread_create(&thread, NULL, makes_a_file, NULL) == 0);
	CHECK_EQ(read(in_fd, buf, sizeof(buf)), 32);
	CHECK(strcmp(e->name, "late") == 0);
	pthread_join(thread, NULL);
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = on_alarm }, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	CHECK_ERR(read(in_fd, buf, sizeof(buf)), EINTR);
	return TEST_RESULT;
}
