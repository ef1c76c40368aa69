/* F_GETPIPE_SZ, F_SETPIPE_SZ: rounding, what is in the pipe, limits; writes fill it exactly. */
#include <fcntl.h>
#include <sys/ioctl.h>

#include "../test.h"

static char block[1 << 20];

static long fill(int fd)
{
	long n = 0;
	ssize_t r;

	while ((r = write(fd, block, PAGE)) > 0)
		n += r;
	CHECK(r < 0 && errno == EAGAIN);
	return n;
}

int main(void)
{
	int fds[2], file = open("/dev/null", O_RDWR), queued;

	REQUIRE(pipe2(fds, O_NONBLOCK) == 0);
	CHECK_EQ(fcntl(fds[0], F_GETPIPE_SZ), 65536);
	CHECK_EQ(fcntl(fds[1], F_GETPIPE_SZ), 65536);
	CHECK_ERR(fcntl(file, F_GETPIPE_SZ), EBADF);
	CHECK_ERR(fcntl(file, F_SETPIPE_SZ, 4096), EBADF);
	CHECK_ERR(fcntl(fds[0], F_SETPIPE_SZ, -1), EINVAL);
	CHECK_EQ(fill(fds[1]), 65536);
	CHECK_ERR(fcntl(fds[0], F_SETPIPE_SZ, 4096), EBUSY); /* what is in it would not fit */
	CHECK_EQ(fcntl(fds[0], F_SETPIPE_SZ, 131072), 131072);
	CHECK_EQ(fill(fds[1]), 65536);
	CHECK_EQ(ioctl(fds[0], FIONREAD, &queued), 0);
	CHECK_EQ(queued, 131072);
	CHECK_EQ(read(fds[0], block, sizeof(block)), 131072);
	CHECK_EQ(fcntl(fds[0], F_SETPIPE_SZ, 1), 4096);
	CHECK_EQ(fill(fds[1]), 4096);
	CHECK_EQ(read(fds[0], block, sizeof(block)), 4096);
	CHECK_EQ(fcntl(fds[0], F_SETPIPE_SZ, 0), 4096);
	CHECK_EQ(fcntl(fds[1], F_SETPIPE_SZ, 4097), 8192);
	CHECK_EQ(fcntl(fds[1], F_SETPIPE_SZ, 12289), 16384); /* a power of two */
	CHECK_EQ(fcntl(fds[1], F_SETPIPE_SZ, 1048576), 1048576);
	CHECK_EQ(write(fds[1], block, 1048576), 1048576);
	CHECK_EQ(write(fds[1], block, 1), -1);
	/* The order of the bytes survives the change. */
	REQUIRE(pipe2(fds, O_NONBLOCK) == 0);
	for (int i = 0; i < 10000; i++)
		block[i] = (char)(i * 7);
	CHECK_EQ(write(fds[1], block, 10000), 10000);
	CHECK_EQ(fcntl(fds[1], F_SETPIPE_SZ, 32768), 32768);
	static char back[10000];
	CHECK_EQ(read(fds[0], back, 10000), 10000);
	CHECK(memcmp(block, back, 10000) == 0);
	return TEST_RESULT;
}
