/* TIOCGPTPEER gives a descriptor of the slave, with the flags asked for. */
#include "pty.h"

int main(void)
{
	struct pair p;
	char link[64], text[64] = "";
	int fd;

	master_open(&p);
	fd = ioctl(p.master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	REQUIRE(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	CHECK(readlink(link, text, sizeof(text) - 1) > 0);
	CHECK(strcmp(text, p.name) == 0);
	TYPE(&p, "x\n");
	EXPECT_READ(fd, "x\n");
	CHECK_ERR(ioctl(fd, TIOCGPTPEER, O_RDWR), EIO);
	fd = ioctl(p.master, TIOCGPTPEER, O_RDONLY | O_NOCTTY | O_NONBLOCK);
	REQUIRE(fd >= 0);
	CHECK_ERR(write(fd, "x", 1), EBADF);
	CHECK_ERR(read(fd, text, 1), EAGAIN);
	return TEST_RESULT;
}
