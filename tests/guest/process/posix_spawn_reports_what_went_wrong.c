/* posix_spawn's errors come through memory shared with the child; actions are done there. */
#include <fcntl.h>
#include <spawn.h>

#include "process.h"

extern char **environ;

int main(int argc, char **argv)
{
	if (argc > 1) {
		sigset_t set;
		char c;

		sigprocmask(SIG_BLOCK, NULL, &set);
		bool good = sigismember(&set, SIGUSR2) && getpgrp() == getpid();

		_exit(good && read(5, &c, 1) == 1 ? 11 : 12);
	}
	char *again[] = { argv[0], "child", NULL }, *none[] = { "x", NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t set;
	pid_t pid;

	for (int i = 0; i < 20; i++) {
		CHECK_EQ(posix_spawn(&pid, "/nothing/there", NULL, NULL, none, environ), ENOENT);
		CHECK_EQ(posix_spawn(&pid, "/etc", NULL, NULL, none, environ), EACCES);
		CHECK_EQ(posix_spawn(&pid, "/etc/passwd", NULL, NULL, none, environ), EACCES);
		CHECK_EQ(posix_spawn(&pid, "/etc/passwd/x", NULL, NULL, none, environ), ENOTDIR);
	}
	CHECK_ERR(wait(NULL), ECHILD);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, 44, 5);
	CHECK_EQ(posix_spawn(&pid, argv[0], &actions, NULL, again, environ), EBADF);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 5, "/dev/zero", O_RDONLY, 0);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	posix_spawnattr_setsigmask(&attr, &set);
	for (int i = 0; i < 5; i++) {
		REQUIRE(posix_spawn(&pid, argv[0], &actions, &attr, again, environ) == 0);
		int status = status_of(pid);
		CHECK(WIFEXITED(status));
		CHECK_EQ(WEXITSTATUS(status), 11);
	}
	return TEST_RESULT;
}
