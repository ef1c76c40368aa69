/* __WCLONE, __WALL: children whose end is told by another signal than SIGCHLD, or none. */
#include <sched.h>

#include "process.h"

static pid_t clone_with(int sig)
{
	pid_t pid = (pid_t)sys5(SYS_clone, sig, 0, 0, 0, 0);

	if (pid == 0)
		_exit(sig & 0x7f);
	return pid;
}

static volatile sig_atomic_t got;

static void on_usr1(int sig)
{
	got = sig;
}

int main(void)
{
	int status;

	signal(SIGUSR1, on_usr1);
	for (int i = 0; i < 2; i++) {
		int sig = i == 0 ? SIGUSR1 : 0;
		pid_t pid = clone_with(sig);

		REQUIRE(pid > 0);
		CHECK_ERR(waitpid(pid, &status, 0), ECHILD);
		CHECK_ERR(waitpid(-1, &status, 0), ECHILD);
		while (waitpid(pid, &status, i == 0 ? __WCLONE : __WALL) < 0 && errno == EINTR)
			;
		CHECK_EQ(WEXITSTATUS(status), sig);
	}
	CHECK_EQ(got, SIGUSR1);
	pid_t pid = CHILD(_exit(5));

	CHECK_ERR(waitpid(pid, &status, __WCLONE), ECHILD);
	CHECK_EQ(waitpid(pid, &status, __WALL), pid);
	/* Of another thread's children a thread may refuse to hear. */
	pid = CHILD(_exit(6));
	CHECK_EQ(waitpid(pid, &status, __WNOTHREAD), pid);
	CHECK_EQ(WEXITSTATUS(status), 6);
	return TEST_RESULT;
}
