/* O_NONBLOCK: EAGAIN when empty, partial then EAGAIN when full; PIPE_BUF writes are whole. */
#include "../test.h"
#include <fcntl.h>
#include <limits.h>
#include <sys/ioctl.h>

int main(void)
{
	static char text[65536 + 100], back[65536 + 4096 + 100];
	int fds[2], n = 0;

	REQUIRE(pipe2(fds, O_NONBLOCK) == 0);
	CHECK_ERR(read(fds[0], text, 1), EAGAIN);
	CHECK_EQ(fcntl(fds[0], F_GETPIPE_SZ), 65536);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i % 251);
	CHECK_EQ(write(fds[1], text, sizeof(text)), 65536);
	CHECK_ERR(write(fds[1], text, 1), EAGAIN);
	CHECK_EQ(ioctl(fds[0], FIONREAD, &n), 0);
	CHECK_EQ(n, 65536);
	CHECK_EQ(read(fds[0], back, 4096), 4096);
	CHECK_EQ(write(fds[1], text, 4096), 4096);
	CHECK_ERR(write(fds[1], text, PIPE_BUF), EAGAIN);
	CHECK_EQ(read(fds[0], back + 4096, sizeof(back) - 4096), 65536);
	CHECK(memcmp(back, text, 65536) == 0);
	CHECK_EQ(ioctl(fds[1], FIONREAD, &n), 0);
	CHECK_EQ(n, 0);
	return TEST_RESULT;
}
