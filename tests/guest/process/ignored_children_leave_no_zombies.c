/* SIGCHLD ignored, or SA_NOCLDWAIT: wait blocks until all have ended and says ECHILD. */
#include "process.h"

static volatile sig_atomic_t told;

static void on_child(int sig)
{
	(void)sig;
	told++;
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_child, .sa_flags = SA_NOCLDWAIT | SA_RESTART };
	int status;

	signal(SIGCHLD, SIG_IGN);
	pid_t pid = CHILD(usleep(20000); _exit(1));

	CHECK_ERR(waitpid(pid, &status, 0), ECHILD);
	CHECK_ERR(kill(pid, 0), ESRCH);
	CHILD(usleep(20000));
	CHILD(usleep(1000));
	CHECK_ERR(wait(&status), ECHILD);
	/* With SA_NOCLDWAIT the signal comes all the same. */
	sigaction(SIGCHLD, &sa, NULL);
	pid = CHILD(usleep(1000));
	CHECK_ERR(waitpid(pid, &status, 0), ECHILD);
	CHECK_EQ(told, 1);
	/* What is a zombie already stays one. */
	signal(SIGCHLD, SIG_DFL);
	pid = CHILD(_exit(7));
	siginfo_t info;
	CHECK_EQ(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	signal(SIGCHLD, SIG_IGN);
	CHECK_EQ(kill(pid, 0), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WEXITSTATUS(status), 7);
	return TEST_RESULT;
}
