/* SCM_RIGHTS: descriptors arrive as new ones of the same open file; bad ones send nothing. */
#include "socket.h"
#include <sys/resource.h>

static char control[CMSG_SPACE(300 * sizeof(int))];

static ssize_t send_control(int s, size_t controllen)
{
	struct iovec iov = { "x", 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = controllen };

	return sendmsg(s, &m, 0);
}

static struct cmsghdr *header(size_t len, int level, int type)
{
	struct cmsghdr *c = (struct cmsghdr *)control;

	memset(control, 0, sizeof(control));
	c->cmsg_len = len;
	c->cmsg_level = level;
	c->cmsg_type = type;
	return c;
}

static void bad(int type)
{
	struct iovec iov = { "x", 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	int p[2], fds[254];
	char c;

	pair(type, p);
	fds[0] = -1;
	CHECK_ERR(send_fds(p[0], "x", 1, fds, 1), EBADF);
	fds[0] = 0;
	fds[1] = 999;
	CHECK_ERR(send_fds(p[0], "x", 1, fds, 2), EBADF);
	*(int *)CMSG_DATA(header(CMSG_LEN(4), SOL_SOCKET, SCM_RIGHTS)) = 0;
	CHECK_ERR(send_control(p[0], CMSG_LEN(4) - 1), EINVAL); /* longer than the buffer */
	((struct cmsghdr *)control)->cmsg_len = 15;
	CHECK_ERR(send_control(p[0], CMSG_SPACE(4)), EINVAL);
	((struct cmsghdr *)control)->cmsg_len = 0;
	CHECK_ERR(send_control(p[0], CMSG_SPACE(4)), EINVAL);
	((struct cmsghdr *)control)->cmsg_len = (size_t)-1;
	CHECK_ERR(send_control(p[0], CMSG_SPACE(4)), EINVAL);
	header(CMSG_LEN(4), SOL_SOCKET, 77);
	CHECK_ERR(send_control(p[0], CMSG_SPACE(4)), EINVAL);
	header(CMSG_LEN(254 * 4), SOL_SOCKET, SCM_RIGHTS);
	CHECK_ERR(send_control(p[0], CMSG_SPACE(254 * 4)), EINVAL); /* one too many */
	m.msg_control = BAD_LOW;
	m.msg_controllen = 64;
	CHECK_ERR(sendmsg(p[0], &m, 0), EFAULT);
	m.msg_controllen = (size_t)1 << 40;
	CHECK_ERR(sendmsg(p[0], &m, 0), ENOBUFS);
	m.msg_controllen = 1 << 20;
	CHECK_ERR(sendmsg(p[0], &m, 0), ENOBUFS);
	CHECK_ERR(recv(p[1], &c, 1, MSG_DONTWAIT), EAGAIN);
	header(CMSG_LEN(4), 9999, SCM_RIGHTS); /* other levels are passed over */
	CHECK_EQ(send_control(p[0], CMSG_SPACE(4)), 1);
	header(CMSG_LEN(0), SOL_SOCKET, SCM_RIGHTS); /* none at all */
	CHECK_EQ(send_control(p[0], CMSG_SPACE(0)), 1);
	CHECK_EQ(send_control(p[0], 3), 1); /* too short for a header */
	close(p[0]);
	close(p[1]);
}

static void good(int type)
{
	int p[2], pipes[2], fds[253], got[253], flags;
	size_t count;
	char buf[8];

	pair(type, p);
	REQUIRE(pipe(pipes) == 0);
	fds[0] = pipes[1];
	fds[1] = pipes[1];
	CHECK_EQ(send_fds(p[0], "abc", 3, fds, 2), 3);
	close(pipes[1]);
	count = 2;
	CHECK_EQ(recv_fds(p[1], buf, 8, got, &count, 0, &flags), 3);
	CHECK_EQ(count, 2);
	CHECK_EQ(flags, 0);
	CHECK_EQ(fcntl(got[0], F_GETFD), 0);
	CHECK_EQ(write(got[0], "p", 1), 1);
	CHECK_EQ(read(pipes[0], buf, 8), 1);
	close(got[0]);

	/* Peeked at: the same descriptors come twice. */
	CHECK_EQ(send_fds(p[0], "d", 1, got + 1, 1), 1);
	close(got[1]);
	count = 1;
	CHECK_EQ(recv_fds(p[1], buf, 8, got, &count, MSG_PEEK | MSG_CMSG_CLOEXEC, &flags), 1);
	CHECK_EQ(count, 1);
	CHECK_EQ(fcntl(got[0], F_GETFD), FD_CLOEXEC);
	close(got[0]);
	count = 1;
	CHECK_EQ(recv_fds(p[1], buf, 8, got, &count, MSG_CMSG_CLOEXEC, &flags), 1);
	CHECK_EQ(count, 1);
	CHECK_EQ(fcntl(got[0], F_GETFD), FD_CLOEXEC);

	/* No room for all: the rest is closed. */
	fds[0] = fds[1] = fds[2] = got[0];
	CHECK_EQ(send_fds(p[0], "e", 1, fds, 3), 1);
	close(got[0]);
	count = 1;
	CHECK_EQ(recv_fds(p[1], buf, 8, got, &count, 0, &flags), 1);
	CHECK_EQ(count, 1);
	CHECK_EQ(flags, MSG_CTRUNC);
	CHECK_EQ(send_fds(p[0], "f", 1, got, 1), 1);
	close(got[0]);
	CHECK_EQ(ready(pipes[0], POLLIN), 0); /* it lives in the queue */
	CHECK_EQ(read(p[1], buf, 8), 1);      /* and goes with a read without room for it */
	CHECK_EQ(ready(pipes[0], POLLIN), POLLHUP);

	/* The most at once; a queue that is closed closes what is in it. */
	REQUIRE(pipe(pipes) == 0);
	for (int i = 0; i < 253; i++)
		fds[i] = pipes[1];
	CHECK_EQ(send_fds(p[0], "g", 1, fds, 253), 1);
	close(pipes[1]);
	count = 253;
	CHECK_EQ(recv_fds(p[1], buf, 8, got, &count, 0, &flags), 1);
	CHECK_EQ(count, 253);
	for (int i = 1; i < 253; i++)
		close(got[i]);
	CHECK_EQ(send_fds(p[0], "h", 1, got, 1), 1);
	close(got[0]);
	CHECK_EQ(ready(pipes[0], POLLIN), 0);
	close(p[1]);
	CHECK_EQ(ready(pipes[0], POLLIN), POLLHUP);
	close(p[0]);
}

/* A stream's read stops behind bytes that came with descriptors. */
static void stream_boundary(void)
{
	int p[2], fd = 0, got[4], flags;
	size_t count = 4;
	char buf[16];

	pair(SOCK_STREAM, p);
	CHECK_EQ(write(p[0], "aa", 2), 2);
	CHECK_EQ(send_fds(p[0], "bb", 2, &fd, 1), 2);
	CHECK_EQ(write(p[0], "cc", 2), 2);
	CHECK_EQ(recv_fds(p[1], buf, 16, got, &count, 0, &flags), 4);
	CHECK_EQ(count, 1);
	count = 4;
	CHECK_EQ(recv_fds(p[1], buf, 16, got, &count, 0, &flags), 2);
	CHECK_EQ(count, 0);
	/* They come with the first of their bytes. */
	CHECK_EQ(send_fds(p[0], "dd", 2, &fd, 1), 2);
	count = 4;
	CHECK_EQ(recv_fds(p[1], buf, 1, got, &count, 0, &flags), 1);
	CHECK_EQ(count, 1);
	count = 4;
	CHECK_EQ(recv_fds(p[1], buf, 1, got, &count, 0, &flags), 1);
	CHECK_EQ(count, 0);
}

/* A full table: what cannot be had is closed, the bytes are delivered. */
static void full_table(void)
{
	struct rlimit old, limit;
	int p[2], fds[2] = { 0, 0 }, got[2], flags, top;
	size_t count = 2;
	char buf[4];

	pair(SOCK_DGRAM, p);
	CHECK_EQ(send_fds(p[0], "x", 1, fds, 2), 1);
	REQUIRE(getrlimit(RLIMIT_NOFILE, &old) == 0);
	top = dup(0);
	close(top);
	limit = (struct rlimit){ (rlim_t)top + 1, old.rlim_max };
	REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	CHECK_EQ(recv_fds(p[1], buf, 4, got, &count, 0, &flags), 1);
	CHECK_EQ(count, 1);
	CHECK_EQ(flags, MSG_CTRUNC);
	REQUIRE(setrlimit(RLIMIT_NOFILE, &old) == 0);
}

int main(void)
{
	bad(SOCK_STREAM);
	bad(SOCK_DGRAM);
	good(SOCK_STREAM);
	good(SOCK_DGRAM);
	good(SOCK_SEQPACKET);
	stream_boundary();
	full_table();
	return TEST_RESULT;
}
