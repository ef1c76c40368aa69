/* Without TOSTOP it passes, with it SIGTTOU stops, ignored it passes again. */
#include "pty.h"

static pid_t background(bool ignore)
{
	pid_t pid = fork();

	if (pid != 0) {
		setpgid(pid, pid);
		return pid;
	}
	setpgid(0, 0);
	if (ignore)
		signal(SIGTTOU, SIG_IGN);
	_exit(write(0, "b", 1) != 1);
}

static int leader(struct pair *p)
{
	pid_t pid = background(false);

	(void)p;
	CHECK_EQ(child_end(pid), 0);
	CHANGE(0, c_lflag, TOSTOP, 0);
	pid = background(true);
	CHECK_EQ(child_end(pid), 0);
	pid = background(false);
	CHECK_EQ(child_stop(pid), SIGTTOU);
	CHANGE(0, c_lflag, 0, TOSTOP);
	kill(pid, SIGCONT);
	CHECK_EQ(child_end(pid), 0);
	CHECK_EQ(write(0, "f", 1), 1);
	return TEST_RESULT;
}

int main(void)
{
	struct pair p;

	pair_open(&p);
	SESSION_OK(&p, leader);
	EXPECT(p.master, "bbbf");
	return TEST_RESULT;
}
