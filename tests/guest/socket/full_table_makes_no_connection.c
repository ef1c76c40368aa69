/* With no free descriptor socket, socketpair and accept fail, and the connection stays. */
#include "socket.h"
#include <sys/resource.h>

int main(void)
{
	struct sockaddr_un a;
	socklen_t len;
	int s = un_bound(SOCK_STREAM, 2, &a, &len), c = socket(AF_UNIX, SOCK_STREAM, 0), fds[2];
	struct rlimit limit = { 6, 6 };

	REQUIRE(connect(c, (void *)&a, len) == 0);
	REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	REQUIRE(dup(0) == 5);
	CHECK_ERR(socket(AF_UNIX, SOCK_STREAM, 0), EMFILE);
	CHECK_ERR(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), EMFILE);
	CHECK_ERR(accept(s, NULL, NULL), EMFILE);
	close(5);
	CHECK_ERR(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), EMFILE); /* one is not enough */
	CHECK_EQ(accept(s, NULL, NULL), 5);
	CHECK_EQ(write(c, "x", 1), 1);
	CHECK_EQ(read(5, fds, 8), 1);
	return TEST_RESULT;
}
