/* TIOCEXCL: EBUSY for the unprivileged. */
#include "pty.h"
#include <sys/stat.h>

int main(void)
{
	struct pair p;
	int on = -1;

	pair_open(&p);
	CHECK_EQ(ioctl(p.slave, TIOCGEXCL, &on), 0);
	CHECK_EQ(on, 0);
	CHECK_EQ(ioctl(p.slave, TIOCEXCL), 0);
	CHECK_EQ(ioctl(p.slave, TIOCGEXCL, &on), 0);
	CHECK_EQ(on, 1);
	if (fork() == 0) {
		chmod(p.name, 0666);
		if (geteuid() == 0 && setuid(65534) != 0)
			_exit(1);
		CHECK_ERR(open(p.name, O_RDWR | O_NOCTTY), EBUSY);
		_exit(TEST_RESULT);
	}
	CHECK_EQ(child_end(-1), 0);
	CHECK_EQ(ioctl(p.slave, TIOCNXCL), 0);
	on = open(p.name, O_RDWR | O_NOCTTY);
	CHECK(on >= 0);
	return TEST_RESULT;
}
