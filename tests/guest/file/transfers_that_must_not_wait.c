/* RWF_NOWAIT and SPLICE_F_NONBLOCK: EAGAIN instead of a wait, on what else would wait. */
#include "../test.h"
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static char buf[128 * 1024];

static long move(int nr, int fd, size_t len)
{
	struct iovec v = { buf, len };

	return sys6(nr, fd, (long)&v, 1, -1, 0, RWF_NOWAIT);
}

static void pipes(void)
{
	int fds[2];
	char c;

	REQUIRE(pipe(fds) == 0);
	CHECK_EQ(move(SYS_preadv2, fds[0], 10), -EAGAIN);
	CHECK_EQ(move(SYS_pwritev2, fds[1], 10), 10);
	CHECK_EQ(move(SYS_preadv2, fds[0], 100), 10);
	CHECK_EQ(move(SYS_pwritev2, fds[1], sizeof(buf)), 65536); /* what there is room for */
	CHECK_EQ(move(SYS_pwritev2, fds[1], 1), -EAGAIN);
	CHECK_EQ(read(fds[0], &c, 1), 1); /* and the descriptor waits as before */
	CHECK_EQ(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
	close(fds[1]);
	close(fds[0]);
}

static void sockets(void)
{
	int fds[2], out[2];

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0 && pipe(out) == 0);
	CHECK_EQ(move(SYS_preadv2, fds[0], 10), -EAGAIN);
	CHECK_EQ(syscall(SYS_splice, fds[0], NULL, out[1], NULL, 5, SPLICE_F_NONBLOCK), -1);
	CHECK_EQ(errno, EAGAIN);
	CHECK_EQ(move(SYS_pwritev2, fds[1], 10), 10);
	CHECK_EQ(syscall(SYS_splice, fds[0], NULL, out[1], NULL, 5, SPLICE_F_NONBLOCK), 5);
	CHECK_EQ(move(SYS_preadv2, fds[0], 100), 5);
}

static void counters(void)
{
	int fd = eventfd(0, 0);

	CHECK_EQ(move(SYS_preadv2, fd, 8), -EAGAIN);
	buf[0] = 3;
	CHECK_EQ(write(fd, buf, 8), 8);
	CHECK_EQ(move(SYS_preadv2, fd, 8), 8);
	CHECK_EQ(buf[0], 3);
}

int main(void)
{
	int file = open("/tmp/f", O_CREAT | O_RDWR, 0600);

	CHECK_EQ(move(SYS_preadv2, file, 8), -EOPNOTSUPP); /* on tmpfs */
	CHECK_EQ(sys6(SYS_preadv2, file, 0, 0, 0, 0, 0x400), 0); /* nothing: no flags looked at */
	pipes();
	sockets();
	counters();
	return TEST_RESULT;
}
