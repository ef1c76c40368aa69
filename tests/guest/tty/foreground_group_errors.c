/* TIOCSPGRP: wrong terminal, wrong numbers, groups of other sessions. */
#include "pty.h"

static int leader(struct pair *p)
{
	int fds[2], pgrp, status;
	pid_t pid, stranger;
	char c;

	(void)p;
	pgrp = -1;
	CHECK_ERR(ioctl(0, TIOCSPGRP, &pgrp), EINVAL);
	CHECK_ERR(ioctl(0, TIOCSPGRP, BAD_LOW), EFAULT);
	CHECK_ERR(ioctl(0, TIOCGPGRP, BAD_LOW), EFAULT);
	CHECK_ERR(tcsetpgrp(0, 0x3ffffff0), ESRCH);
	REQUIRE(pipe(fds) == 0);
	CHECK_ERR(tcsetpgrp(fds[0], getpid()), ENOTTY);
	stranger = fork();
	if (stranger == 0) {
		setsid();
		if (write(fds[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	CHECK_EQ(read(fds[0], &c, 1), 1);
	CHECK_ERR(tcsetpgrp(0, stranger), EPERM);
	kill(stranger, SIGKILL);
	waitpid(stranger, &status, 0);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		if (write(fds[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	CHECK_EQ(read(fds[0], &c, 1), 1);
	CHECK_EQ(tcsetpgrp(0, pid), 0);
	CHECK_EQ(tcgetpgrp(0), pid);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	CHECK_EQ(tcgetpgrp(0), pid); /* a group that is gone stays the foreground one */
	signal(SIGTTOU, SIG_IGN);
	CHECK_EQ(tcsetpgrp(0, getpid()), 0);
	return TEST_RESULT;
}

int main(void)
{
	struct pair p;
	int pgrp = -1;

	pair_open(&p);
	CHECK_ERR(tcgetpgrp(p.slave), ENOTTY);
	CHECK_ERR(tcsetpgrp(p.slave, getpid()), ENOTTY);
	CHECK_ERR(tcgetsid(p.slave), ENOTTY);
	/* The master may ask. */
	CHECK_EQ(ioctl(p.master, TIOCGPGRP, &pgrp), 0);
	CHECK_EQ(pgrp, 0);
	CHECK_ERR(ioctl(p.master, TIOCGSID, &pgrp), ENOTTY);
	SESSION_OK(&p, leader);
	return TEST_RESULT;
}
