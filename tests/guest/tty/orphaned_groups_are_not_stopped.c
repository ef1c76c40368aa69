/* Nobody could continue them: reading from the background is EIO, SIGTSTP does nothing. */
#include "pty.h"

static int leader(struct pair *p)
{
	int fds[2];
	char answer = '?';

	(void)p;
	REQUIRE(pipe(fds) == 0);
	if (fork() == 0) {
		if (fork() != 0)
			_exit(0); /* the grandchild's group is orphaned with this */
		setpgid(0, 0);
		while (getppid() != 1 && getppid() == getpgid(getppid()))
			pause_ms(5);
		pause_ms(100);
		errno = 0;
		answer = read(0, &answer, 1) == -1 && errno == EIO ? 'y' : 'n';
		raise(SIGTSTP);
		raise(SIGTTIN);
		if (write(fds[1], &answer, 1) != 1)
			_exit(1);
		_exit(0);
	}
	wait(NULL);
	CHECK(readable(fds[0], PATIENCE));
	CHECK_EQ(read(fds[0], &answer, 1), 1);
	CHECK_EQ(answer, 'y');
	return TEST_RESULT;
}

int main(void)
{
	struct pair p;

	pair_open(&p);
	SESSION_OK(&p, leader);
	return TEST_RESULT;
}
