/* SIGCHLD ignored or SA_NOCLDWAIT: wait never gets a child, and its times are not counted. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "../test.h"

/* A child that has some processor time to report; returns when its end has begun. */
static pid_t child(void)
{
	int end[2];
	char c;

	REQUIRE(pipe(end) == 0);
	pid_t pid = fork();

	REQUIRE(pid >= 0);
	if (pid == 0) {
		for (volatile int i = 0; i < 100000; i++)
			;
		_exit(3);
	}
	close(end[1]);
	CHECK_EQ(read(end[0], &c, 1), 0);
	close(end[0]);
	return pid;
}

/* Its number is given up a moment after wait(2) has said that there is no child. */
static int is_gone(pid_t pid)
{
	for (int i = 0; i < 1000; i++) {
		if (kill(pid, 0) == -1)
			return errno == ESRCH;
		usleep(10000);
	}
	return 0;
}

static void none_is_waited_for(int rounds)
{
	for (int i = 0; i < rounds; i++) {
		pid_t pid = child();
		int status = -1;

		CHECK_ERR(waitpid(pid, &status, 0), ECHILD);
		CHECK_EQ(status, -1);
		CHECK(is_gone(pid));
		child();
		CHECK_ERR(wait(NULL), ECHILD);
	}
}

int main(void)
{
	struct sigaction action = { .sa_handler = SIG_IGN };
	struct rusage usage;

	REQUIRE(sigaction(SIGCHLD, &action, NULL) == 0);
	none_is_waited_for(50);
	action.sa_handler = SIG_DFL;
	action.sa_flags = SA_NOCLDWAIT;
	REQUIRE(sigaction(SIGCHLD, &action, NULL) == 0);
	none_is_waited_for(50);
	REQUIRE(getrusage(RUSAGE_CHILDREN, &usage) == 0);
	CHECK_EQ(usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec, 0);
	CHECK_EQ(usage.ru_maxrss, 0);
	return TEST_RESULT;
}
