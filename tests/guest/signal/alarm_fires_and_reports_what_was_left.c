/* alarm: SIGALRM arrives in pause; a second alarm returns the seconds of the first. */
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
	signal(SIGALRM, handler);
	CHECK_EQ(alarm(100), 0);
	CHECK_EQ(alarm(0), 100);
	CHECK_EQ(alarm(0), 0);
	CHECK_EQ(alarm(1), 0);
	CHECK_ERR(pause(), EINTR);
	CHECK_EQ(count, 1);
	CHECK_EQ(alarm(0), 0);
	return TEST_RESULT;
}
