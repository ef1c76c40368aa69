/*
 * Two processes open the two ends of a FIFO and close them at once, round by round. Who is
 * woken in open(2) may be gone before the other has looked: both opens must return all the
 * same. Signals cut the opens short now and then.
 */
#include "../test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#define ROUNDS 3000

static void on_alarm(int sig)
{
	(void)sig;
}

static void interrupt_often(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	struct itimerval often = { { 0, 700 }, { 0, 700 } };

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static void open_and_close(const char *path, int flags)
{
	int fd;

	do
		fd = open(path, flags);
	while (fd < 0 && errno == EINTR);
	REQUIRE(fd >= 0);
	close(fd);
}

static void rounds(const char *path, int flags, int to, int from)
{
	char token = 'x';
	ssize_t n;

	interrupt_often();
	for (int i = 0; i < ROUNDS; i++) {
		open_and_close(path, flags);
		do
			n = write(to, &token, 1);
		while (n < 0 && errno == EINTR);
		REQUIRE(n == 1);
		do
			n = read(from, &token, 1);
		while (n < 0 && errno == EINTR);
		REQUIRE(n == 1);
	}
}

int main(void)
{
	char dir[] = "/tmp/fifo.XXXXXX", path[64];
	int a[2], b[2], status;
	pid_t child;

	REQUIRE(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/f", dir);
	REQUIRE(mkfifo(path, 0600) == 0);
	REQUIRE(pipe(a) == 0 && pipe(b) == 0);
	child = fork();
	REQUIRE(child >= 0);
	if (child == 0) {
		rounds(path, O_RDONLY, a[1], b[0]);
		_exit(TEST_RESULT);
	}
	rounds(path, O_WRONLY, b[1], a[0]);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	CHECK_EQ(status, 0);
	unlink(path);
	rmdir(dir);
	return TEST_RESULT;
}
