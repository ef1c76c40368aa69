/* A program writes over its arguments: /proc/PID/cmdline shows it, to others as well. */
#include "../test.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

static int matches(pid_t pid, const char *want, size_t len)
{
	char path[64], text[8192];

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	int fd = open(path, O_RDONLY);

	REQUIRE(fd >= 0);
	ssize_t got = read(fd, text, sizeof(text));

	close(fd);
	return got == (ssize_t)len && memcmp(text, want, len) == 0;
}

static int matches_soon(pid_t pid, const char *want, size_t len)
{
	for (int i = 0; i < 3000; i++) {
		if (matches(pid, want, len))
			return 1;
		usleep(1000);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 1) {
		char *args[] = { argv[0], "first", "the second", NULL };
		char *env[] = { "SOME=environment", "MORE=of it", NULL };

		execve("/proc/self/exe", args, env);
		return 9;
	}
	size_t room = (size_t)(argv[2] + strlen(argv[2]) + 1 - argv[0]);
	char title[256] = "worker: idle";

	REQUIRE(room > 20 && room < 200);
	CHECK(matches(getpid(), argv[0], room));

	/* Shorter than the arguments: zeros to their end are shown, too. */
	memset(argv[0], 0, room);
	strcpy(argv[0], title);
	CHECK(matches(getpid(), title, room));

	pid_t pid = fork();

	REQUIRE(pid >= 0);
	if (pid == 0) {
		memset(argv[0], 0, room);
		strcpy(argv[0], "child: waits");
		for (;;)
			pause();
	}
	memset(title, 0, sizeof(title));
	strcpy(title, "child: waits");
	CHECK(matches_soon(pid, title, room));
	CHECK(!matches(getpid(), title, room));
	REQUIRE(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);

	/* Over the last NUL into the environment: one string, as long as it is. */
	memset(argv[0], 'x', room + 5);
	argv[0][room + 5] = '\0';
	memset(title, 'x', room + 5);
	title[room + 5] = '\0';
	CHECK(matches(getpid(), title, room + 6));
	return TEST_RESULT;
}
