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

/* Seconds of processor time used so far. */
static double used(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Until the time was used, or so many signals have come. */
static double burn(double seconds, int signals)
{
	double start = used();

	do {
		for (volatile int i = 0; i < 200000; i++)
			;
	} while (used() - start < seconds && count < signals);
	return used() - start;
}

static void check_itimer(int which, int sig)
{
	struct itimerval ten = { { 0, 10000 }, { 0, 10000 } }, off = { 0 };
	double time;

	signal(sig, handler);
	count = 0;
	CHECK_EQ(setitimer((__itimer_which_t)which, &ten, NULL), 0);
	/* A busy host's ticks come late, several in one: then it takes longer. */
	time = burn(5, 10);
	CHECK_EQ(setitimer((__itimer_which_t)which, &off, NULL), 0);
	CHECK(count >= 10 && time > 0.05);
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
	usleep(150000);
	CHECK_EQ(count, 0);
	burn(0.2, 2);
	CHECK_EQ(count, 1);
	pid = fork();
	if (pid == 0) {
		setrlimit(RLIMIT_CPU, &limit);
		pid = fork();
		if (pid == 0) {
			burn(5, 2);
			_exit(0);
		}
		waitpid(pid, &status, 0);
		_exit(WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU ? 0 : 1);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	return TEST_RESULT;
}
