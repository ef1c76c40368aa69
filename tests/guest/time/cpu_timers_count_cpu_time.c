/* ITIMER_PROF, ITIMER_VIRTUAL, a CPU clock's timer and RLIMIT_CPU, which fork inherits. */
#include "../test.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

static volatile int count;

static void handler(int sig)
{
	(void)sig;
	count++;
}

static double seconds(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Until so many signals have come, or so much time of the processor is gone. */
static void burn(int signals, double at_most)
{
	double end = seconds(CLOCK_PROCESS_CPUTIME_ID) + at_most;

	while (count < signals && seconds(CLOCK_PROCESS_CPUTIME_ID) < end)
		for (volatile int i = 0; i < 200000; i++)
			;
}

static void check_itimer(int which, int sig)
{
	struct itimerval ten = { { 0, 10000 }, { 0, 10000 } }, off = { 0 };

	double start = seconds(CLOCK_MONOTONIC);

	signal(sig, handler);
	count = 0;
	CHECK_EQ(setitimer((__itimer_which_t)which, &ten, NULL), 0);
	burn(10, 20);
	/*
	 * Linux counts whole ticks, and misses some, on a machine that has others to serve: only
	 * that is sure, that there are no more of them than real time has.
	 */
	CHECK(count >= 10 && seconds(CLOCK_MONOTONIC) - start > 0.08);
	CHECK_EQ(setitimer((__itimer_which_t)which, &off, NULL), 0);
}

int main(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct itimerspec spec = { .it_value = { 0, 100000000 } };
	struct rlimit limit = { 1, 3 };
	timer_t timer;
	pid_t pid;
	int status;

	check_itimer(ITIMER_PROF, SIGPROF);
	check_itimer(ITIMER_VIRTUAL, SIGVTALRM);
	signal(SIGUSR1, handler);
	count = 0;
	CHECK_EQ(timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer), 0);
	CHECK_EQ(timer_settime(timer, 0, &spec, NULL), 0);
	double start = seconds(CLOCK_PROCESS_CPUTIME_ID);

	usleep(150000);
	CHECK(count == 0 || seconds(CLOCK_PROCESS_CPUTIME_ID) - start > 0.09);
	burn(1, 20);
	CHECK_EQ(count, 1);
	pid = fork();
	if (pid == 0) {
		setrlimit(RLIMIT_CPU, &limit);
		pid = fork();
		if (pid == 0) {
			count = 0;
			burn(1, 5);
			_exit(0);
		}
		waitpid(pid, &status, 0);
		_exit(WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU ? 0 : 1);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	return TEST_RESULT;
}
