/* A parent ends without having waited for children that asked for a signal at its end. */
#include "../test.h"
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define CHILDREN 20

static void parent(void)
{
	for (int i = 0; i < CHILDREN; i++) {
		siginfo_t info;
		pid_t pid = fork();

		REQUIRE(pid >= 0);
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			_exit(0);
		}
		REQUIRE(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	}
}

int main(void)
{
	for (int i = 0; i < 5; i++) {
		int status;
		pid_t pid = fork();

		REQUIRE(pid >= 0);
		if (pid == 0) {
			parent();
			_exit(0);
		}
		REQUIRE(waitpid(pid, &status, 0) == pid);
		CHECK_EQ(status, 0);
	}
	return TEST_RESULT;
}
