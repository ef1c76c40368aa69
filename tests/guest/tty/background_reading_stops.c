/* SIGTTIN: stops; handled with SA_RESTART or without; ignored or blocked it is EIO. */
#include "pty.h"

static volatile int got;

static void count(int sig)
{
	(void)sig;
	got++;
}

static pid_t background(int how)
{
	struct sigaction sa = { .sa_handler = count };
	sigset_t set;
	char buf[16];
	pid_t pid = fork();
	long n;

	if (pid != 0) {
		setpgid(pid, pid);
		return pid;
	}
	setpgid(0, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGTTIN);
	if (how == 1)
		signal(SIGTTIN, SIG_IGN);
	else if (how == 2)
		sigprocmask(SIG_BLOCK, &set, NULL);
	else if (how == 3)
		sigaction(SIGTTIN, &sa, NULL);
	errno = 0;
	n = read(0, buf, sizeof(buf));
	switch (how) {
	case 0:
		_exit(n == 6 && memcmp(buf, "input\n", 6) == 0 ? 0 : 1);
	case 3:
		_exit(n == -1 && errno == EINTR && got == 1 ? 0 : 1);
	default:
		_exit(n == -1 && errno == EIO ? 0 : 1);
	}
}

static int leader(struct pair *p)
{
	pid_t pid;

	(void)p;
	for (int how = 1; how <= 3; how++) {
		pid = background(how);
		CHECK_EQ(child_end(pid), 0);
	}
	pid = background(0);
	CHECK_EQ(child_stop(pid), SIGTTIN);
	CHECK_EQ(tcsetpgrp(0, pid), 0);
	kill(-pid, SIGCONT);
	CHECK_EQ(child_end(pid), 0); /* it read when it was in the foreground */
	return TEST_RESULT;
}

int main(void)
{
	struct pair p;
	pid_t pid;

	master_open(&p);
	pid = session_start(&p, leader);
	TYPE(&p, "input\n");
	CHECK_EQ(child_end(pid), 0);
	return TEST_RESULT;
}
