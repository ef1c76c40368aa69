/* EPIPE and SIGPIPE when the read end is gone; with SIGPIPE ignored only EPIPE. */
#include "../test.h"
#include <signal.h>

static volatile int count;

static void handler(int sig)
{
	(void)sig;
	count++;
}

int main(void)
{
	int fds[2];

	REQUIRE(pipe(fds) == 0);
	signal(SIGPIPE, handler);
	close(fds[0]);
	CHECK_ERR(write(fds[1], "x", 1), EPIPE);
	CHECK_EQ(count, 1);
	CHECK_EQ(write(fds[1], "x", 0), 0);
	signal(SIGPIPE, SIG_IGN);
	CHECK_ERR(write(fds[1], "x", 1), EPIPE);
	CHECK_EQ(count, 1);
	return TEST_RESULT;
}
