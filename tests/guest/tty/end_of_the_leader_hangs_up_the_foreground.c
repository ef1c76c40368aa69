/* SIGHUP for the foreground group only; the terminal is free for the next session. */
#include "pty.h"

static int fds[2], ready[2];

static void report(int sig)
{
	char c = sig == SIGHUP ? 'h' : 'c';

	if (write(fds[1], &c, 1) != 1)
		_exit(1);
}

static void member(char name, bool own_group)
{
	int fd;

	if (fork() != 0)
		return;
	if (own_group)
		setpgid(0, 0);
	signal(SIGHUP, report);
	signal(SIGCONT, report);
	if (write(fds[1], &name, 1) != 1 || write(ready[1], &name, 1) != 1)
		_exit(1);
	/* The terminal is not ours any more, once the leader has gone. */
	for (int i = 0; (fd = open("/dev/tty", O_RDWR)) >= 0 && i < 1000; i++) {
		close(fd);
		pause_ms(10);
	}
	if (fd >= 0 || errno != ENXIO)
		name = '!';
	pause_ms(100);
	_exit(write(fds[1], &name, 1) != 1);
}

static int leader(struct pair *p)
{
	char c;

	(void)p;
	member('f', false);
	member('b', true);
	return read(ready[0], &c, 1) != 1 || read(ready[0], &c, 1) != 1;
}

static int next(struct pair *p)
{
	(void)p;
	return tcgetpgrp(0) != getpid();
}

int main(void)
{
	struct pair p;
	char have[16] = "";
	int n = 0, hups = 0, others = 0;
	ssize_t got;

	pair_open(&p);
	REQUIRE(pipe(fds) == 0 && pipe(ready) == 0);
	SESSION_OK(&p, leader);
	SESSION_OK(&p, next);
	close(fds[1]);
	while ((got = read(fds[0], have + n, sizeof(have) - 1 - (size_t)n)) > 0)
		n += (int)got;
	for (int i = 0; i < n; i++) {
		hups += have[i] == 'h';
		others += have[i] == 'c' || have[i] == '!';
	}
	CHECK_EQ(n, 5);
	CHECK_EQ(hups, 1);
	CHECK_EQ(others, 0);
	return TEST_RESULT;
}
