/* A call continued after SIGSTOP and SIGCONT keeps its deadline: restart_syscall(2). */
#include "../test.h"
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define LATE 2 /* what a busy machine makes of a sleep now and then */

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int sleeper(int which)
{
	struct timespec ts = { 0, 300000000 };
	double start = now(), took;
	int result = which == 0 ? nanosleep(&ts, NULL) : poll(NULL, 0, 300);

	took = now() - start;
	return result != 0 || took < 0.299 ? 1 : took < 0.6 ? 0 : LATE;
}

/* How a sleeper that is stopped for a moment ends. */
static int stopped_sleeper(int which)
{
	pid_t pid = fork();
	int status;

	REQUIRE(pid >= 0);
	if (pid == 0)
		_exit(sleeper(which));
	usleep(50000);
	CHECK_EQ(kill(pid, SIGSTOP), 0);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	usleep(50000);
	CHECK_EQ(kill(pid, SIGCONT), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return status;
}

int main(void)
{
	for (int which = 0; which < 2; which++) {
		int status = stopped_sleeper(which);

		for (int i = 0; i < 20 && status == LATE << 8; i++)
			status = stopped_sleeper(which);
		CHECK_EQ(status, 0);
	}
	return TEST_RESULT;
}
