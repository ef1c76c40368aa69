/* MSG_OOB: the urgent byte beside the stream and in it, the mark, POLLPRI. */
#include "inet.h"

int main(void)
{
	char buf[16];
	int p[2], mark = -1;

	tcp_pair(p);
	CHECK_ERR(recv(p[1], buf, 1, MSG_OOB), EINVAL);
	CHECK_EQ(send(p[0], "ab!", 3, MSG_OOB), 3);
	CHECK_EQ(soon(p[1], POLLPRI), POLLPRI);
	CHECK_EQ(recv(p[1], buf, 16, MSG_OOB | MSG_PEEK), 1);
	CHECK_EQ(recv(p[1], buf, 16, MSG_OOB), 1);
	CHECK_EQ(buf[0], '!');
	CHECK_ERR(recv(p[1], buf, 16, MSG_OOB), EINVAL);
	CHECK_EQ(ready(p[1], POLLIN | POLLPRI), POLLIN);
	CHECK_EQ(recv(p[1], buf, 16, 0), 2);
	CHECK_EQ(send(p[0], "x!y", 3, MSG_OOB), 3);
	CHECK_EQ(send(p[0], "more", 4, 0), 4);
	nap(10);
	CHECK_EQ(recv(p[1], buf, 16, 0), 2); /* up to the mark */
	CHECK_EQ(ioctl(p[1], SIOCATMARK, &mark), 0);
	CHECK_EQ(mark, 1);
	CHECK_EQ(recv(p[1], buf, 16, 0), 4);
	CHECK_EQ(ioctl(p[1], SIOCATMARK, &mark), 0);
	CHECK_EQ(mark, 0);

	CHECK_EQ(set_option(p[1], SOL_SOCKET, SO_OOBINLINE, 1), 0);
	CHECK_EQ(send(p[0], "ab!", 3, MSG_OOB), 3);
	CHECK_EQ(send(p[0], "cd", 2, 0), 2);
	nap(10);
	CHECK_ERR(recv(p[1], buf, 1, MSG_OOB), EINVAL);
	CHECK_EQ(recv(p[1], buf, 16, 0), 2);
	CHECK_EQ(recv(p[1], buf, 16, 0), 3);
	CHECK(memcmp(buf, "!cd", 3) == 0);
	return TEST_RESULT;
}
