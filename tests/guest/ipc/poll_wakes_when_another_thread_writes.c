/* A thread sleeping in poll, select, ppoll: woken by a write, by close, by a signal. */
#include "../test.h"
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/select.h>
#include <time.h>

static int fds[2];
static pthread_t main_thread;
static volatile int done;

static void handler(int sig)
{
	(void)sig;
}

static void *act(void *argument)
{
	const struct timespec pause = { 0, 20000000 };

	nanosleep(&pause, NULL);
	switch ((long)argument) {
	case 0:
		CHECK_EQ(write(fds[1], "x", 1), 1);
		break;
	case 1:
		while (!done) {
			pthread_kill(main_thread, SIGUSR1);
			nanosleep(&pause, NULL);
		}
		break;
	case 2:
		close(fds[1]);
		break;
	}
	return NULL;
}

static pthread_t later(long what)
{
	pthread_t thread;

	done = 0;
	REQUIRE(pthread_create(&thread, NULL, act, (void *)what) == 0);
	return thread;
}

int main(void)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_RESTART };
	struct pollfd p;
	pthread_t thread;
	fd_set set;
	char c;

	main_thread = pthread_self();
	sigaction(SIGUSR1, &sa, NULL);
	REQUIRE(pipe(fds) == 0);
	p = (struct pollfd){ fds[0], POLLIN, 0 };
	thread = later(0);
	CHECK_EQ(poll(&p, 1, -1), 1);
	CHECK_EQ(p.revents, POLLIN);
	pthread_join(thread, NULL);
	CHECK_EQ(read(fds[0], &c, 1), 1);
	thread = later(1);
	CHECK_ERR(poll(&p, 1, 10000), EINTR); /* never restarted, SA_RESTART or not */
	done = 1;
	pthread_join(thread, NULL);
	thread = later(0);
	FD_ZERO(&set);
	FD_SET(fds[0], &set);
	CHECK_EQ(select(fds[0] + 1, &set, NULL, NULL, NULL), 1);
	CHECK(FD_ISSET(fds[0], &set));
	pthread_join(thread, NULL);
	CHECK_EQ(read(fds[0], &c, 1), 1);
	thread = later(1);
	CHECK_ERR(select(fds[0] + 1, &set, NULL, NULL, NULL), EINTR);
	done = 1;
	pthread_join(thread, NULL);
	thread = later(2);
	CHECK_EQ(ppoll(&p, 1, NULL, NULL), 1);
	CHECK_EQ(p.revents, POLLHUP);
	pthread_join(thread, NULL);
	return TEST_RESULT;
}
