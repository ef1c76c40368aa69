/* tcsetattr, tcflush, tcflow, tcsendbreak, tcsetpgrp from the background: SIGTTOU. */
#include "pty.h"

static struct termios settings;

static int change(int what)
{
	switch (what) {
	case 0:
		return tcsetattr(0, TCSANOW, &settings);
	case 1:
		return tcflush(0, TCIFLUSH);
	case 2:
		return tcflow(0, TCOON);
	case 3:
		return tcsetpgrp(0, getpid());
	default:
		return tcsendbreak(0, 0);
	}
}

static pid_t background(int what)
{
	pid_t pid = fork();

	if (pid != 0) {
		setpgid(pid, pid);
		return pid;
	}
	setpgid(0, 0);
	_exit(change(what) != 0);
}

static int leader(struct pair *p)
{
	(void)p;
	REQUIRE(tcgetattr(0, &settings) == 0);
	signal(SIGTTOU, SIG_DFL);
	for (int what = 0; what < 5; what++) {
		pid_t pid = background(what);

		CHECK_EQ(child_stop(pid), SIGTTOU);
		kill(pid, SIGKILL);
		CHECK_EQ(child_end(pid), SIGKILL);
	}
	/* Looking is always permitted. */
	if (fork() == 0) {
		setpgid(0, 0);
		_exit(tcgetattr(0, &settings) != 0 || tcgetpgrp(0) != getppid());
	}
	CHECK_EQ(child_end(-1), 0);
	return TEST_RESULT;
}

int main(void)
{
	struct pair p;

	pair_open(&p);
	SESSION_OK(&p, leader);
	return TEST_RESULT;
}
