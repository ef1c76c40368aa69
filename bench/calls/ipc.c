/*
 * What processes and threads say to each other: pipes, eventfd, epoll, futexes, signals.
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"

static int pipe_fds[2], there[2], back[2];
static int event_fd, epoll_fd;

static void one_pipe(void)
{
	char c = 1;

	need(write(pipe_fds[1], &c, 1) == 1 && read(pipe_fds[0], &c, 1) == 1, "pipe");
}

static void one_eventfd(void)
{
	unsigned long n = 1;

	need(write(event_fd, &n, sizeof(n)) == sizeof(n) &&
		     read(event_fd, &n, sizeof(n)) == sizeof(n) && n == 1, "eventfd");
}

static void one_epoll(void)
{
	struct epoll_event event;
	unsigned long n = 1;

	need(write(event_fd, &n, sizeof(n)) == sizeof(n) &&
		     epoll_wait(epoll_fd, &event, 1, -1) == 1 && event.data.u64 == 7 &&
		     read(event_fd, &n, sizeof(n)) == sizeof(n), "epoll");
}

static void one_ping_pong(void)
{
	char c = 1;

	need(write(there[1], &c, 1) == 1 && read(back[0], &c, 1) == 1 && c == 2, "ping");
}

static void echo(void)
{
	char c;

	close(there[1]);
	while (read(there[0], &c, 1) == 1) {
		c++;
		if (write(back[1], &c, 1) != 1)
			_exit(1);
	}
	_exit(0);
}

static void measure_ping_pong(void)
{
	int status;
	pid_t pid;

	need(pipe(there) == 0 && pipe(back) == 0, "pipe");
	pid = fork();
	if (pid == 0)
		echo();
	need(pid > 0, "fork");
	measure("pipe-ping-pong", one_ping_pong, 2000);
	close(there[1]);
	need(waitpid(pid, &status, 0) == pid && status == 0, "echo");
	close(there[0]);
	close(back[0]);
	close(back[1]);
}

static int turn; /* whose turn it is; -1: the end */

static void futex(int op, int value)
{
	syscall(SYS_futex, &turn, op | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

static void give(int to)
{
	__atomic_store_n(&turn, to, __ATOMIC_RELEASE);
	futex(FUTEX_WAKE, 1);
}

static int wait_while(int value)
{
	int now;

	while ((now = __atomic_load_n(&turn, __ATOMIC_ACQUIRE)) == value)
		futex(FUTEX_WAIT, value);
	return now;
}

static void *other_side(void *arg)
{
	while (wait_while(0) == 1)
		give(0);
	return arg;
}

static void one_futex(void)
{
	give(1);
	need(wait_while(1) == 0, "futex");
}

static void measure_futex(void)
{
	pthread_t t;

	need(pthread_create(&t, NULL, other_side, NULL) == 0, "pthread_create");
	measure("futex-ping-pong", one_futex, 2000);
	give(-1);
	need(pthread_join(t, NULL) == 0, "pthread_join");
}

static volatile sig_atomic_t signals;

static void on_signal(int sig)
{
	signals += sig == SIGUSR1;
}

static void one_signal(void)
{
	sig_atomic_t before = signals;

	need(raise(SIGUSR1) == 0 && signals == before + 1, "signal");
}

void measure_ipc(void)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = 7 };

	event_fd = eventfd(0, 0);
	epoll_fd = epoll_create1(0);
	need(event_fd >= 0 && epoll_ctl(epoll_fd, EPOLL_CTL_ADD, event_fd, &event) == 0, "epoll");
	need(pipe(pipe_fds) == 0, "pipe");
	signal(SIGUSR1, on_signal);
	measure("pipe-write+read", one_pipe, 20000);
	measure("eventfd-write+read", one_eventfd, 20000);
	measure("epoll-event", one_epoll, 20000);
	measure_ping_pong();
	measure_futex();
	measure("signal-to-itself", one_signal, 5000);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	close(epoll_fd);
	close(event_fd);
}
