/* setpgid, setsid, getpgid, getsid: bad numbers, leaders, children that have exec'ed. */
#include "process.h"

int main(int argc, char **argv)
{
	int ready[2];
	char c;

	if (argc > 1) {
		if (write(atoi(argv[1]), "r", 1) != 1)
			return 1;
		pause();
		return 0;
	}
	CHECK_ERR(setpgid(0, -1), EINVAL);
	CHECK_ERR(setpgid(-1, 0), EINVAL);
	CHECK_ERR(setpgid(0x3fffff, 0), ESRCH);
	CHECK_ERR(setpgid(1, 0), ESRCH); /* no child of ours */
	CHECK_ERR(getpgid(0x3fffff), ESRCH);
	CHECK_ERR(getpgid(-1), ESRCH);
	CHECK_ERR(getsid(0x3fffff), ESRCH);
	CHECK_ERR(getsid(-1), ESRCH);
	CHECK_EQ(getpgid(0), getpgrp());
	CHECK_EQ(getpgid(getpid()), getpgrp());
	CHECK_EQ(CHILD_RESULT({
		CHECK_EQ(setsid(), getpid());
		CHECK_EQ(getsid(0), getpid());
		CHECK_EQ(getpgrp(), getpid());
		CHECK_ERR(setsid(), EPERM);           /* a group leader */
		CHECK_ERR(setpgid(0, 0), EPERM);      /* a session leader */
		pid_t a = CHILD(pause());
		pid_t b = CHILD(setpgid(0, 0); pause());
		pid_t other = CHILD(setsid(); pause());
		CHECK_EQ(getpgid(a), getpid());
		CHECK_ERR(setpgid(a, 0x3ffffe), EPERM); /* no such group */
		CHECK_EQ(setpgid(b, 0), 0);
		CHECK_EQ(setpgid(a, b), 0);
		CHECK_EQ(getpgid(a), b);
		CHECK_EQ(setpgid(a, getpid()), 0);
		CHECK_EQ(setpgid(a, 0), 0);
		CHECK_EQ(getpgid(a), a);
		while (getsid(other) != other)
			usleep(1000);
		CHECK_ERR(setpgid(other, getpid()), EPERM); /* another session */
		CHECK_ERR(setpgid(a, other), EPERM);
		/* Signals to a group reach each member, and nobody else. */
		CHECK_EQ(setpgid(a, b), 0);
		CHECK_EQ(kill(-b, SIGTERM), 0);
		CHECK_EQ(WTERMSIG(status_of(a)), SIGTERM);
		CHECK_EQ(WTERMSIG(status_of(b)), SIGTERM);
		CHECK_ERR(kill(-b, 0), ESRCH);
		CHECK_EQ(kill(other, SIGKILL), 0);
		status_of(other);
		_exit(TEST_RESULT);
	}), 0);
	REQUIRE(pipe(ready) == 0);
	pid_t pid = CHILD({
		char number[12];
		char *again[] = { argv[0], number, NULL };

		snprintf(number, sizeof(number), "%d", ready[1]);
		execv(argv[0], again);
	});
	REQUIRE(read(ready[0], &c, 1) == 1);
	CHECK_ERR(setpgid(pid, 0), EACCES); /* it has exec'ed */
	kill(pid, SIGKILL);
	status_of(pid);
	return TEST_RESULT;
}
