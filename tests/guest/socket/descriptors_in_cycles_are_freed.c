/*
 * Sockets sent through each other and closed: nobody can get at them, and the kernel finds
 * out. A pipe's end travels along to tell.
 */
#include "socket.h"

static int pipes[2];

/* Did the last writer go? The collector may take its time. */
static bool freed(void)
{
	struct pollfd p = { pipes[0], POLLIN, 0 };

	for (int i = 0; i < 50; i++) {
		int s = socket(AF_UNIX, SOCK_STREAM, 0);

		close(s); /* Linux looks for garbage when a socket is closed */
		if (poll(&p, 1, 20) == 1)
			return true;
	}
	return false;
}

static void new_pipe(void)
{
	REQUIRE(pipe(pipes) == 0);
}

int main(void)
{
	struct sockaddr_un a;
	socklen_t alen;
	int p[2], q[2], fds[3], s, c, status;

	/* Itself. */
	new_pipe();
	pair(SOCK_STREAM, p);
	fds[0] = p[1];
	fds[1] = pipes[1];
	CHECK_EQ(send_fds(p[0], "x", 1, fds, 2), 1);
	close(p[0]);
	close(p[1]);
	close(pipes[1]);
	CHECK(freed());

	/* Each other, twice over. */
	new_pipe();
	pair(SOCK_DGRAM, p);
	pair(SOCK_SEQPACKET, q);
	fds[0] = p[1];
	fds[1] = q[1];
	fds[2] = pipes[1];
	CHECK_EQ(send_fds(p[0], "x", 1, fds + 1, 2), 1);
	CHECK_EQ(send_fds(q[0], "x", 1, fds, 3), 1);
	close(p[0]);
	close(p[1]);
	close(q[0]);
	close(pipes[1]);
	CHECK(!freed()); /* q[1] can still be read */
	close(q[1]);
	CHECK(freed());

	/* In a listener's backlog. */
	new_pipe();
	s = un_bound(SOCK_STREAM, 1, &a, &alen);
	c = socket(AF_UNIX, SOCK_STREAM, 0);
	REQUIRE(connect(c, (void *)&a, alen) == 0);
	fds[0] = s;
	fds[1] = pipes[1];
	CHECK_EQ(send_fds(c, "x", 1, fds, 2), 1);
	close(s);
	close(pipes[1]);
	close(c);
	CHECK(freed());

	/* A long chain, each in the queue of the next, closed from one end. */
	if (fork() == 0) {
		new_pipe();
		c = pipes[1];
		for (int i = 0; i < 3000; i++) {
			pair(SOCK_STREAM, p);
			REQUIRE(send_fds(p[0], "x", 1, &c, 1) == 1);
			close(c);
			close(p[0]);
			c = p[1];
		}
		CHECK(!freed());
		close(c);
		CHECK(freed());
		_exit(TEST_RESULT);
	}
	wait(&status);
	CHECK_EQ(status, 0);
	return TEST_RESULT;
}
