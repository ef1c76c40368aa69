/* vfork: one memory, the parent waits; descriptors, masks and directories are the child's own. */
#include <fcntl.h>

#include "process.h"

static volatile int seen, order;

/* The child leaves this frame only by _exit, so the frame is whole for the parent. */
static pid_t vfork_exit(int code)
{
	pid_t pid = vfork();

	if (pid == 0) {
		seen = code;
		order = 1;
		_exit(code);
	}
	return pid;
}

static pid_t vfork_killed(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		seen = 77;
		kill(getpid(), SIGKILL);
		_exit(1);
	}
	return pid;
}

static pid_t vfork_changes(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		sigset_t set;

		sigfillset(&set);
		sigprocmask(SIG_BLOCK, &set, NULL);
		signal(SIGUSR1, SIG_IGN);
		close(0);
		seen = open("/dev/null", O_RDONLY);
		if (chdir("/proc") < 0)
			seen = -1;
		_exit(0);
	}
	return pid;
}

int main(void)
{
	char before[4096], after[4096];
	int status;
	sigset_t set;

	for (int i = 1; i < 50; i++) {
		pid_t pid = vfork_exit(i);

		REQUIRE(pid > 0);
		CHECK_EQ(seen, i);
		CHECK_EQ(order, 1);
		order = 0;
		CHECK_EQ(WEXITSTATUS(status_of(pid)), i);
	}
	status = status_of(vfork_killed());
	CHECK_EQ(seen, 77);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	int fd = open("/dev/zero", O_RDONLY);
	dup2(fd, 0);
	REQUIRE(getcwd(before, sizeof(before)) != NULL);
	CHECK_EQ(status_of(vfork_changes()), 0);
	CHECK_EQ(seen, 0);
	char byte = 1;
	CHECK_EQ(read(0, &byte, 1), 1); /* still /dev/zero */
	REQUIRE(getcwd(after, sizeof(after)) != NULL);
	CHECK(strcmp(before, after) == 0);
	sigprocmask(SIG_BLOCK, NULL, &set);
	CHECK(!sigismember(&set, SIGUSR1));
	CHECK(signal(SIGUSR1, SIG_DFL) == SIG_DFL);
	return TEST_RESULT;
}
