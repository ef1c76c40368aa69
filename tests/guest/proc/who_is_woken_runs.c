/* A process that was asleep is shown as running from the moment a signal is sent to it. */
#include "../test.h"
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

static volatile sig_atomic_t count;

static void handler(int sig)
{
	(void)sig;
	count++;
}

static char state(pid_t pid)
{
	char path[64], text[512], *end;
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	int fd = open(path, O_RDONLY);

	REQUIRE(fd >= 0);
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	REQUIRE(len > 0);
	text[len] = '\0';
	end = strrchr(text, ')');
	REQUIRE(end != NULL);
	return end[2];
}

static void wait_asleep(pid_t pid)
{
	while (state(pid) != 'S')
		sched_yield();
}

int main(void)
{
	int status;

	signal(SIGUSR1, handler);
	pid_t pid = fork();

	REQUIRE(pid >= 0);
	if (pid == 0) {
		while (count < 100)
			pause();
		_exit(0);
	}
	/* Were it shown asleep for too long, a signal would meet its predecessor. */
	for (int i = 0; i < 100; i++) {
		wait_asleep(pid);
		REQUIRE(kill(pid, SIGUSR1) == 0);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(status, 0);
	return TEST_RESULT;
}
