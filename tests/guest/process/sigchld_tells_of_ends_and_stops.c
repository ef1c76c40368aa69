/* SIGCHLD's siginfo; SA_NOCLDSTOP silences stops and continuations. */
#include "process.h"

static siginfo_t take(void)
{
	struct timespec limit = { 5, 0 };
	siginfo_t info = { 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	while (sigtimedwait(&set, &info, &limit) < 0 && errno == EINTR)
		;
	return info;
}

static void nothing(int sig)
{
	(void)sig;
}

int main(void)
{
	struct sigaction quiet = { .sa_handler = nothing, .sa_flags = SA_NOCLDSTOP };
	struct sigaction all = { .sa_handler = nothing };
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGCHLD, &all, NULL);
	pid_t pid = CHILD(for (;;) pause());

	kill(pid, SIGSTOP);
	info = take();
	CHECK_EQ(info.si_signo, SIGCHLD);
	CHECK_EQ(info.si_code, CLD_STOPPED);
	CHECK_EQ(info.si_pid, pid);
	CHECK_EQ(info.si_status, SIGSTOP);
	kill(pid, SIGCONT);
	info = take();
	CHECK_EQ(info.si_code, CLD_CONTINUED);
	CHECK_EQ(info.si_status, SIGCONT);
	sigaction(SIGCHLD, &quiet, NULL);
	kill(pid, SIGSTOP);
	CHECK_EQ(waitpid(pid, NULL, WUNTRACED), pid);
	kill(pid, SIGCONT);
	CHECK_EQ(waitpid(pid, NULL, WCONTINUED), pid);
	sigpending(&set);
	CHECK(!sigismember(&set, SIGCHLD));
	kill(pid, SIGTERM);
	info = take();
	CHECK_EQ(info.si_code, CLD_KILLED);
	CHECK_EQ(info.si_status, SIGTERM);
	CHECK_EQ(info.si_pid, pid);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	pid = CHILD(_exit(9));
	info = take();
	CHECK_EQ(info.si_code, CLD_EXITED);
	CHECK_EQ(info.si_status, 9);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	return TEST_RESULT;
}
