/* SIGHUP and SIGCONT for the session's leader, even a stopped one; the group gets SIGHUP
   when the leader ends. */
#include "pty.h"

static int fds[2];

static void report(int sig)
{
	char c = sig == SIGHUP ? 'h' : 'c';

	if (write(fds[1], &c, 1) != 1)
		_exit(1);
}

static void member_report(int sig)
{
	(void)sig;
	_exit(write(fds[1], "m", 1) != 1);
}

static int leader(struct pair *p)
{
	pid_t pid = fork();

	close(p->master);
	if (pid == 0) {
		setpgid(0, 0);
		signal(SIGHUP, member_report);
		for (;;)
			pause();
	}
	setpgid(pid, pid);
	tcsetpgrp(0, pid);
	signal(SIGHUP, report);
	signal(SIGCONT, report);
	pause_ms(100);
	if (write(fds[1], "r", 1) != 1)
		return 1;
	pause_ms(300);
	return open("/dev/tty", O_RDWR) >= 0 || errno != ENXIO;
}

int main(void)
{
	struct pair p;
	char have[16] = "";
	pid_t pid;
	int n = 0;

	master_open(&p);
	REQUIRE(pipe(fds) == 0);
	pid = session_start(&p, leader);
	close(fds[1]);
	CHECK_EQ(read(fds[0], have, 1), 1);
	close(p.master);
	CHECK_EQ(child_end(pid), 0);
	while (n < 15 && readable(fds[0], PATIENCE)) {
		long got = read(fds[0], have + n, (size_t)(15 - n));

		if (got <= 0)
			break;
		n += (int)got;
	}
	CHECK_EQ(n, 3);
	CHECK(memchr(have, 'h', 2) != NULL && memchr(have, 'c', 2) != NULL);
	CHECK_EQ(have[2], 'm');
	return TEST_RESULT;
}
