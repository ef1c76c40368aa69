/* A watch needs read permission of the file and search permission of the way to it. */
#include "inotify.h"

int main(void)
{
	pid_t pid;
	int status;

	if (geteuid() != 0)
		skip("needs root to become somebody else");
	in_start();
	in_touch("secret");
	in_touch("open");
	mkdir("closed", 0700);
	in_touch("closed/open");
	chmod("secret", 0600);
	chmod(in_dir, 0755);
	pid = fork();
	if (pid == 0) {
		test_failures = 0;
		if (setgid(65534) != 0 || setuid(65534) != 0)
			_exit(77);
		CHECK_ERR(inotify_add_watch(in_fd, "secret", IN_OPEN), EACCES);
		CHECK_ERR(inotify_add_watch(in_fd, "closed/open", IN_OPEN), EACCES);
		CHECK(inotify_add_watch(in_fd, "open", IN_OPEN) > 0);
		_exit(test_failures > 0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	if (WEXITSTATUS(status) == 77)
		skip("may not become another user");
	CHECK_EQ(status, 0);
	return TEST_RESULT;
}
