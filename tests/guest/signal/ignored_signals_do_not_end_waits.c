/* Signals without a handler (ignored, SIGCHLD by default, stop and continue): waits go on. */
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>

#include "../test.h"

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(void)
{
	struct timespec t = { 0, 300000000 };
	pid_t self = getpid();

	signal(SIGUSR1, SIG_IGN);
	pid_t pid = fork();
	REQUIRE(pid >= 0);
	if (pid == 0) {
		while (kill(self, SIGUSR1) == 0 && getppid() == self) {
			kill(self, SIGCHLD);
			kill(self, SIGWINCH);
			kill(self, SIGURG);
			kill(self, SIGCONT);
			usleep(500);
		}
		_exit(0);
	}
	double start = now();
	struct timespec left = { 9, 9 };

	CHECK_EQ(nanosleep(&t, &left), 0);
	CHECK(now() - start >= 0.3);
	start = now();
	CHECK_EQ(poll(NULL, 0, 300), 0);
	CHECK(now() - start >= 0.29);
	int ep = epoll_create1(0);
	struct epoll_event e;
	start = now();
	CHECK_EQ(epoll_wait(ep, &e, 1, 300), 0);
	CHECK(now() - start >= 0.29);
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	start = now();
	CHECK_ERR(sigtimedwait(&set, NULL, &t), EAGAIN);
	CHECK(now() - start >= 0.3);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return TEST_RESULT;
}
