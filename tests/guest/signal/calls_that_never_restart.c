/*
 * SA_RESTART: what goes on (read, wait, futex, flock) and what does not (poll, select, sleeps,
 * sigtimedwait, semop, epoll), signal(7). Whether a handler of the kind ran decides.
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "../test.h"

static volatile sig_atomic_t ran;
static int ends[2], epoll, sem;
static volatile int futex_word;
static pthread_t caller;
static volatile int stop, ends_it;

static void handler(int sig)
{
	(void)sig;
	ran++;
}

/* Signals the caller again and again until told to stop; then lets a call end that goes on. */
static void *sender(void *arg)
{
	while (!stop) {
		usleep(3000);
		pthread_kill(caller, SIGUSR1);
		if (ends_it && ran > 5) {
			futex_word = 1;
			syscall(SYS_futex, &futex_word, FUTEX_WAKE, 1, NULL, NULL, 0);
			if (write(ends[1], "x", 1) != 1)
				_exit(9);
			break;
		}
	}
	while (!stop)
		usleep(1000);
	return arg;
}

static long do_read(void)
{
	char c;
	return read(ends[0], &c, 1);
}

/* One that goes on after the word has changed finds that, which is as good as being woken. */
static long do_futex(void)
{
	long r = syscall(SYS_futex, &futex_word, FUTEX_WAIT, 0, NULL, NULL, 0);

	return r < 0 && errno == EAGAIN && futex_word == 1 ? 0 : r;
}

static long do_futex_timed(void)
{
	struct timespec t = { 10, 0 };
	return syscall(SYS_futex, &futex_word, FUTEX_WAIT, 0, &t, NULL, 0);
}

static long do_poll(void)
{
	struct pollfd p = { .fd = ends[0], .events = POLLIN };
	return poll(&p, 1, 10000);
}

static long do_select(void)
{
	fd_set set;
	struct timeval t = { 10, 0 };
	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	return select(ends[0] + 1, &set, NULL, NULL, &t);
}

static long do_epoll(void)
{
	struct epoll_event e;
	return epoll_wait(epoll, &e, 1, 10000);
}

static long do_sleep(void)
{
	struct timespec t = { 10, 0 };
	return nanosleep(&t, NULL);
}

static long do_abs_sleep(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += 10;
	int e = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
	errno = e;
	return e == 0 ? 0 : -1;
}

static long do_sigtimedwait(void)
{
	struct timespec t = { 10, 0 };
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	return sigtimedwait(&set, NULL, &t);
}

static long do_pause(void)
{
	return pause();
}

static long do_semop(void)
{
	struct sembuf op = { 0, -1, 0 };
	return semop(sem, &op, 1);
}

static void try(const char *name, long (*fn)(void), bool goes_on)
{
	pthread_t t;
	char c;

	ran = 0;
	stop = 0;
	futex_word = 0;
	ends_it = goes_on;
	REQUIRE(pthread_create(&t, NULL, sender, NULL) == 0);
	errno = 0;
	long r = fn();
	int error = errno, seen = ran;

	stop = 1;
	pthread_join(t, NULL);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	while (read(ends[0], &c, 1) == 1)
		;
	fcntl(ends[0], F_SETFL, 0);
	if (goes_on && (r < 0 || seen <= 5))
		test_fail("%s: %ld, errno %d, after %d signals", name, r, error, seen);
	if (!goes_on && (r != -1 || error != EINTR))
		test_fail("%s: %ld, errno %d, not EINTR", name, r, error);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_RESTART };
	struct epoll_event e = { .events = EPOLLIN };

	caller = pthread_self();
	REQUIRE(pipe(ends) == 0);
	REQUIRE((epoll = epoll_create1(0)) >= 0);
	REQUIRE(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &e) == 0);
	REQUIRE((sem = semget(IPC_PRIVATE, 1, 0600)) >= 0);
	for (int restart = 1; restart >= 0; restart--) {
		sa.sa_flags = restart ? SA_RESTART : 0;
		sigaction(SIGUSR1, &sa, NULL);
		try("read", do_read, restart);
		try("futex", do_futex, restart);
		/* Linux: a restart block: EINTR whenever a handler has run. */
		try("futex with a time limit", do_futex_timed, false);
		try("poll", do_poll, false);
		try("select", do_select, false);
		try("epoll_wait", do_epoll, false);
		try("nanosleep", do_sleep, false);
		try("clock_nanosleep", do_abs_sleep, false);
		try("sigtimedwait", do_sigtimedwait, false);
		try("pause", do_pause, false);
		try("semop", do_semop, false);
	}
	semctl(sem, 0, IPC_RMID);
	return TEST_RESULT;
}
