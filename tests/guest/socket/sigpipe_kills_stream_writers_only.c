/* Writing to a connection that is gone: SIGPIPE for streams, only EPIPE for the others. */
#include "socket.h"
#include <signal.h>

static int fate(int type, bool nosignal)
{
	int p[2], status;

	if (fork() == 0) {
		pair(type, p);
		close(p[1]);
		send(p[0], "x", 1, nosignal ? MSG_NOSIGNAL : 0);
		_exit(errno == EPIPE ? 1 : errno == ECONNREFUSED ? 2 : 3);
	}
	wait(&status);
	return WIFSIGNALED(status) ? 100 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(void)
{
	CHECK_EQ(fate(SOCK_STREAM, false), 100 + SIGPIPE);
	CHECK_EQ(fate(SOCK_STREAM, true), 1);
	CHECK_EQ(fate(SOCK_SEQPACKET, false), 1);
	CHECK_EQ(fate(SOCK_DGRAM, false), 2);
	return TEST_RESULT;
}
