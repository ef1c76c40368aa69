/* TIOCSPTLCK: a new slave cannot be opened, by name or as peer. */
#include "pty.h"

int main(void)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY), on = -1, fd;
	const char *name;

	REQUIRE(master >= 0);
	name = ptsname(master);
	REQUIRE(name != NULL);
	CHECK_EQ(ioctl(master, TIOCGPTLCK, &on), 0);
	CHECK_EQ(on, 1);
	CHECK_ERR(open(name, O_RDWR | O_NOCTTY), EIO);
	CHECK_ERR(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY), EIO);
	CHECK_ERR(ioctl(master, TIOCSPTLCK, BAD_LOW), EFAULT);
	on = 0;
	CHECK_EQ(ioctl(master, TIOCSPTLCK, &on), 0);
	fd = open(name, O_RDWR | O_NOCTTY);
	CHECK(fd >= 0);
	CHECK_ERR(ioctl(fd, TIOCSPTLCK, &on), ENOTTY);
	on = 1;
	CHECK_EQ(ioctl(master, TIOCSPTLCK, &on), 0);
	CHECK_ERR(open(name, O_RDWR | O_NOCTTY), EIO);
	return TEST_RESULT;
}
