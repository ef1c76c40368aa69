/*
 * ppoll, pselect and epoll_pwait with a zero timeout and a mask that opens a pending signal:
 * EINTR and the handler has run; with something ready the count, and it has not.
 */
#include "../test.h"
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>

static volatile sig_atomic_t handled;

static void on_signal(int sig)
{
	(void)sig;
	handled++;
}

int main(void)
{
	const struct timespec zero = { 0, 0 };
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	struct epoll_event e = { .events = EPOLLIN };
	struct pollfd p = { .events = POLLIN };
	sigset_t usr1, none, pending;
	int fds[2], ep = epoll_create1(0);
	fd_set set;

	REQUIRE(pipe(fds) == 0 && sigaction(SIGUSR1, &sa, NULL) == 0);
	sigemptyset(&none);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	p.fd = fds[0];
	REQUIRE(epoll_ctl(ep, EPOLL_CTL_ADD, fds[0], &e) == 0);

	CHECK_EQ(ppoll(&p, 1, &zero, &none), 0);
	raise(SIGUSR1);
	CHECK_ERR(ppoll(&p, 1, &zero, &none), EINTR);
	CHECK_EQ(handled, 1);
	raise(SIGUSR1);
	FD_ZERO(&set);
	FD_SET(fds[0], &set);
	CHECK_ERR(pselect(fds[0] + 1, &set, NULL, NULL, &zero, &none), EINTR);
	CHECK_EQ(handled, 2);
	raise(SIGUSR1);
	CHECK_EQ(epoll_pwait(ep, &e, 1, 0, &none), 0); /* Linux: does not look */
	CHECK_EQ(sigpending(&pending), 0);
	CHECK_EQ(sigismember(&pending, SIGUSR1) + handled, 3);
	raise(SIGUSR1);
	CHECK_EQ(poll(NULL, 0, 0), 0); /* blocked: of no interest */

	REQUIRE(write(fds[1], "x", 1) == 1);
	handled = 0;
	CHECK_EQ(ppoll(&p, 1, &zero, &none), 1);
	CHECK_EQ(handled, 0);
	FD_SET(fds[0], &set);
	CHECK_EQ(pselect(fds[0] + 1, &set, NULL, NULL, &zero, &none), 1);
	CHECK_EQ(handled, 0);
	CHECK_EQ(epoll_pwait(ep, &e, 1, 0, &none), 1);
	CHECK_EQ(handled, 0);
	sigprocmask(SIG_SETMASK, &none, NULL);
	CHECK_EQ(handled, 1);
	return TEST_RESULT;
}
