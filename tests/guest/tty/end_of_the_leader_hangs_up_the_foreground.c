/* SIGHUP for the foreground group only; the terminal is free for the next session. */
#include "pty.h"

static int fds[2];

static void report(int sig)
{
	char c = sig == SIGHUP ? 'h' : 'c';

	if (write(fds[1], &c, 1) != 1)
		_exit(1);
}

static void member(char name, bool own_group)
{
	if (fork() != 0)
		return;
	if (own_group)
		setpgid(0, 0);
	signal(SIGHUP, report);
	signal(SIGCONT, report);
	if (write(fds[1], &name, 1) != 1)
		_exit(1);
	pause_ms(500);
	/* The terminal is not ours any more. */
	name = open("/dev/tty", O_RDWR) < 0 && errno == ENXIO ? name : '!';
	_exit(write(fds[1], &name, 1) != 1);
}

static int leader(struct pair *p)
{
	(void)p;
	member('f', false);
	member('b', true);
	pause_ms(200);
	return 0;
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

	pair_open(&p);
	REQUIRE(pipe(fds) == 0);
	SESSION_OK(&p, leader);
	SESSION_OK(&p, next);
	pause_ms(800);
	close(fds[1]);
	n = (int)read(fds[0], have, sizeof(have) - 1);
	for (int i = 0; i < n; i++) {
		hups += have[i] == 'h';
		others += have[i] == 'c' || have[i] == '!';
	}
	CHECK_EQ(n, 5);
	CHECK_EQ(hups, 1);
	CHECK_EQ(others, 0);
	return TEST_RESULT;
}
