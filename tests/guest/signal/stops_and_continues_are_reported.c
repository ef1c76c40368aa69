/* SIGSTOP of a process with threads: waitpid sees the stop once, then the continuation. */
#include "../test.h"
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

static void *spin(void *unused)
{
	volatile long n = 0;

	(void)unused;
	for (;;)
		n++;
	return NULL;
}

static void *doze(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static pid_t child_with_threads(void)
{
	pthread_t t;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	pthread_create(&t, NULL, doze, NULL);
	pthread_create(&t, NULL, spin, NULL);
	spin(NULL);
	_exit(1);
}

int main(void)
{
	pid_t pid = child_with_threads();
	int status;

	REQUIRE(pid > 0);
	usleep(50000);
	CHECK_EQ(kill(pid, SIGSTOP), 0);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
	CHECK_EQ(kill(pid, SIGCONT), 0);
	CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
	CHECK(WIFCONTINUED(status));
	CHECK_EQ(kill(pid, SIGSTOP), 0);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	/* While stopped only SIGKILL ends it. */
	CHECK_EQ(kill(pid, SIGTERM), 0);
	usleep(20000);
	CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
	CHECK_EQ(kill(pid, SIGKILL), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	return TEST_RESULT;
}
