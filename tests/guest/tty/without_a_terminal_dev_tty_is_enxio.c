/* A session without one, and what /dev/tty is as a node. */
#include "pty.h"
#include <sys/stat.h>
#include <sys/sysmacros.h>

int main(void)
{
	struct stat st;

	if (fork() == 0) {
		setsid();
		CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO);
		CHECK_ERR(open("/dev/tty", O_RDONLY | O_NONBLOCK), ENXIO);
		_exit(TEST_RESULT);
	}
	CHECK_EQ(child_end(-1), 0);
	CHECK_EQ(stat("/dev/tty", &st), 0);
	CHECK(S_ISCHR(st.st_mode));
	CHECK_EQ(major(st.st_rdev), 5);
	CHECK_EQ(minor(st.st_rdev), 0);
	return TEST_RESULT;
}
