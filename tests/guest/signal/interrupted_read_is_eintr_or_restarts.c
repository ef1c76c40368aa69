/* A read that blocks: EINTR without SA_RESTART, goes on with it. */
#include "../test.h"
#include <signal.h>
#include <sys/time.h>

static int fds[2];
static volatile int count, write_on;

static void handler(int sig)
{
	(void)sig;
	if (++count == write_on && write(fds[1], "x", 1) != 1)
		_exit(9);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = handler };
	struct itimerval timer = { { 0, 20000 }, { 0, 20000 } }, off = { 0 };
	char c;

	REQUIRE(pipe(fds) == 0);
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	CHECK_ERR(read(fds[0], &c, 1), EINTR);
	CHECK(count >= 1);
	setitimer(ITIMER_REAL, &off, NULL);
	sa.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &sa, NULL);
	count = 0;
	write_on = 4;
	setitimer(ITIMER_REAL, &timer, NULL);
	CHECK_EQ(read(fds[0], &c, 1), 1);
	CHECK_EQ(c, 'x');
	CHECK(count >= 4);
	setitimer(ITIMER_REAL, &off, NULL);
	return TEST_RESULT;
}
