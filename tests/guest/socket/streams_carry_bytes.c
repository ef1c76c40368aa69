/* Stream sockets: bytes in order across boundaries, end of file, broken pipes, resets. */
#include "socket.h"
#include <signal.h>
#include <sys/uio.h>

static volatile int pipes;

static void on_pipe(int sig)
{
	(void)sig;
	pipes++;
}

int main(void)
{
	struct sockaddr_un a = un_path("/tmp/none");
	struct iovec v[3];
	char buf[64];
	int p[2];

	signal(SIGPIPE, on_pipe);
	pair(SOCK_STREAM, p);
	CHECK_ERR(sendto(p[0], "x", 1, 0, (void *)&a, sizeof(a)), EISCONN);
	CHECK_ERR(recv(p[0], buf, 1, MSG_DONTWAIT), EAGAIN);
	CHECK_ERR(recv(p[0], buf, 0, MSG_DONTWAIT), EAGAIN);
	CHECK_EQ(read(p[0], buf, 0), 0);
	CHECK_EQ(send(p[0], "", 0, 0), 0);
	CHECK_ERR(recv(p[1], buf, 1, MSG_DONTWAIT), EAGAIN);
	CHECK_ERR(recv(p[1], buf, 1, MSG_OOB), EINVAL);

	CHECK_EQ(write(p[0], "one", 3), 3);
	CHECK_EQ(write(p[0], "two", 3), 3);
	CHECK_EQ(write(p[0], "three", 5), 5);
	CHECK_EQ(recv(p[1], buf, 0, 0), 0);
	CHECK_EQ(recv(p[1], buf, 8, MSG_PEEK), 8);
	CHECK(memcmp(buf, "onetwoth", 8) == 0);
	CHECK_EQ(read(p[1], buf, 4), 4);
	CHECK(memcmp(buf, "onet", 4) == 0);
	v[0] = (struct iovec){ buf, 1 };
	v[1] = (struct iovec){ buf + 1, 0 };
	v[2] = (struct iovec){ buf + 1, 60 };
	CHECK_EQ(readv(p[1], v, 3), 7);
	CHECK(memcmp(buf, "wothree", 7) == 0);
	v[0] = (struct iovec){ "ab", 2 };
	v[1] = (struct iovec){ "", 0 };
	v[2] = (struct iovec){ "cde", 3 };
	CHECK_EQ(writev(p[1], v, 3), 5);
	CHECK_EQ(read(p[0], buf, 64), 5);
	CHECK(memcmp(buf, "abcde", 5) == 0);
	CHECK_ERR(pread(p[0], buf, 1, 0), ESPIPE);
	CHECK_ERR(lseek(p[0], 0, SEEK_CUR), ESPIPE);

	/* The end: what was written is still read, then 0; writing is EPIPE and a signal. */
	CHECK_EQ(write(p[0], "last", 4), 4);
	close(p[0]);
	CHECK_EQ(read(p[1], buf, 2), 2);
	CHECK_EQ(read(p[1], buf, 64), 2);
	CHECK_EQ(read(p[1], buf, 64), 0);
	CHECK_EQ(read(p[1], buf, 64), 0);
	CHECK_ERR(write(p[1], "x", 1), EPIPE);
	CHECK_EQ(pipes, 1);
	CHECK_ERR(send(p[1], "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_EQ(pipes, 1);
	close(p[1]);

	/* Closed with data unread: the other end is told once. */
	pair(SOCK_STREAM, p);
	CHECK_EQ(write(p[0], "unread", 6), 6);
	close(p[1]);
	CHECK_ERR(read(p[0], buf, 1), ECONNRESET);
	CHECK_EQ(read(p[0], buf, 1), 0);
	CHECK_ERR(send(p[0], "x", 1, MSG_NOSIGNAL), EPIPE);
	close(p[0]);

	/* Not connected. */
	p[0] = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_ERR(read(p[0], buf, 1), EINVAL);
	CHECK_ERR(write(p[0], buf, 1), ENOTCONN);
	CHECK_ERR(sendto(p[0], "x", 1, 0, (void *)&a, sizeof(a)), EOPNOTSUPP);
	return TEST_RESULT;
}
