/* A group that becomes orphaned with a stopped member gets SIGHUP and SIGCONT. */
#include "pty.h"

static int fds[2];

static void report(int sig)
{
	char c = sig == SIGHUP ? 'h' : 'c';

	if (write(fds[1], &c, 1) != 1)
		_exit(1);
}

static pid_t job(bool stop)
{
	pid_t pid = fork();

	if (pid != 0) {
		setpgid(pid, pid);
		return pid;
	}
	setpgid(0, 0);
	signal(SIGHUP, report);
	signal(SIGCONT, report);
	if (stop)
		raise(SIGSTOP);
	pause_ms(600);
	_exit(0);
}

static int shell(struct pair *p)
{
	pid_t stopped = job(true);

	(void)p;
	job(false);
	return child_stop(stopped) != SIGSTOP;
}

int main(void)
{
	struct pair p;
	char have[8] = "";
	ssize_t n, count = 0;

	pair_open(&p);
	REQUIRE(pipe(fds) == 0);
	SESSION_OK(&p, shell);
	close(fds[1]);
	while (count < (ssize_t)sizeof(have) &&
	       (n = read(fds[0], have + count, sizeof(have) - (size_t)count)) > 0)
		count += n;
	CHECK_EQ(count, 2);
	CHECK(memchr(have, 'h', 2) != NULL && memchr(have, 'c', 2) != NULL);
	return TEST_RESULT;
}
