/* siginfo and status for an exit, a signal, a stop, a continuation; WNOWAIT leaves it. */
#include "process.h"

static void expect(pid_t pid, int options, int code, int status)
{
	siginfo_t info = { 0 };

	REQUIRE(waitid(P_PID, (id_t)pid, &info, options) == 0);
	CHECK_EQ(info.si_signo, SIGCHLD);
	CHECK_EQ(info.si_errno, 0);
	CHECK_EQ(info.si_code, code);
	CHECK_EQ(info.si_pid, pid);
	CHECK_EQ(info.si_uid, getuid());
	CHECK_EQ(info.si_status, status);
}

int main(void)
{
	pid_t pid = CHILD(_exit(0x142));
	int status;

	expect(pid, WEXITED | WNOWAIT, CLD_EXITED, 0x42);
	expect(pid, WEXITED | WNOWAIT | WNOHANG, CLD_EXITED, 0x42);
	expect(pid, WEXITED, CLD_EXITED, 0x42);
	CHECK_ERR(waitpid(pid, &status, 0), ECHILD);

	pid = CHILD(for (;;) pause());
	CHECK_EQ(kill(pid, SIGSTOP), 0);
	expect(pid, WSTOPPED | WNOWAIT, CLD_STOPPED, SIGSTOP);
	expect(pid, WSTOPPED, CLD_STOPPED, SIGSTOP);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
	CHECK_EQ(kill(pid, SIGCONT), 0);
	expect(pid, WCONTINUED | WNOWAIT, CLD_CONTINUED, SIGCONT);
	expect(pid, WCONTINUED | WEXITED | WSTOPPED, CLD_CONTINUED, SIGCONT);
	CHECK_EQ(kill(pid, SIGUSR1), 0);
	expect(pid, WEXITED, CLD_KILLED, SIGUSR1);

	/* wait4's form of the same. */
	pid = CHILD(for (;;) pause());
	CHECK_EQ(kill(pid, SIGTSTP), 0);
	/* An orphaned group is not stopped by it: the runner's may be one. */
	CHECK_EQ(kill(pid, SIGSTOP), 0);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK_EQ(status & 0xff, 0x7f);
	CHECK_EQ(kill(pid, SIGCONT), 0);
	do
		CHECK_EQ(waitpid(pid, &status, WUNTRACED | WCONTINUED), pid);
	while (WIFSTOPPED(status));
	CHECK_EQ(status, 0xffff);
	CHECK_EQ(kill(pid, SIGKILL), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, SIGKILL);
	return TEST_RESULT;
}
