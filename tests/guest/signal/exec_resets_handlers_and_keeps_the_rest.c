/* What exec does with signals: handlers go, ignored ones, mask and pending stay, timers run. */
#include "../test.h"
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static void handler(int sig)
{
	(void)sig;
}

static int after_exec(void)
{
	struct sigaction sa;
	sigset_t set;
	stack_t ss;

	sigaction(SIGUSR1, NULL, &sa);
	CHECK(sa.sa_handler == SIG_DFL);
	sigaction(SIGUSR2, NULL, &sa);
	CHECK(sa.sa_handler == SIG_IGN);
	sigprocmask(SIG_BLOCK, NULL, &set);
	CHECK(sigismember(&set, SIGHUP));
	sigpending(&set);
	CHECK(sigismember(&set, SIGHUP));
	CHECK_EQ(sigaltstack(NULL, &ss), 0);
	CHECK_EQ(ss.ss_flags, SS_DISABLE);
	if (test_failures)
		return 1;
	pause(); /* until the alarm set before exec; the POSIX timer's SIGKILL never comes */
	return 2;
}

int main(int argc, char **argv)
{
	static char stack[16384];
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL };
	struct itimerspec soon = { .it_value = { 0, 200000000 } };
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };
	timer_t timer;
	sigset_t set;
	pid_t pid;
	int status;

	if (argc > 1)
		return after_exec();
	pid = fork();
	REQUIRE(pid >= 0);
	if (pid == 0) {
		signal(SIGUSR1, handler);
		signal(SIGUSR2, SIG_IGN);
		sigemptyset(&set);
		sigaddset(&set, SIGHUP);
		sigprocmask(SIG_BLOCK, &set, NULL);
		raise(SIGHUP);
		sigaltstack(&ss, NULL);
		timer_create(CLOCK_MONOTONIC, &event, &timer);
		timer_settime(timer, 0, &soon, NULL);
		alarm(1);
		execl(argv[0], argv[0], "after", NULL);
		_exit(9);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
	return TEST_RESULT;
}
