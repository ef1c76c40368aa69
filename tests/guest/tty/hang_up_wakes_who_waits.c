/* Readers, writers and pollers of a slave return when the master goes. */
#include "pty.h"

static pid_t start(struct pair *p, int what)
{
	static char junk[100000];
	struct pollfd f;
	char c;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	close(p->master);
	switch (what) {
	case 0:
		_exit(read(p->slave, &c, 1) == 1);
	case 1:
		while (write(p->slave, junk, sizeof(junk)) > 0)
			;
		_exit(errno != EIO);
	default:
		f = (struct pollfd){ p->slave, POLLIN, 0 };
		_exit(poll(&f, 1, 10000) != 1 || !(f.revents & POLLHUP));
	}
}

int main(void)
{
	for (int what = 0; what < 3; what++) {
		struct pair p;
		pid_t pid;

		pair_open(&p);
		pid = start(&p, what);
		pause_ms(300);
		close(p.master);
		CHECK_EQ(child_end(pid), 0);
		close(p.slave);
	}
	return TEST_RESULT;
}
