/* Sequenced packets over accepted connections: records, end of file, errors. */
#include "socket.h"

int main(void)
{
	struct sockaddr_un a, got;
	socklen_t alen, len = sizeof(got);
	int s = un_bound(SOCK_SEQPACKET, 2, &a, &alen), c = socket(AF_UNIX, SOCK_SEQPACKET, 0), d;
	char buf[16];

	CHECK_ERR(recv(c, buf, 1, 0), ENOTCONN);
	CHECK_ERR(send(c, buf, 1, 0), ENOTCONN);
	CHECK_EQ(ready(c, POLLIN | POLLOUT), POLLOUT | POLLHUP);
	CHECK_EQ(connect(c, (void *)&a, alen), 0);
	d = accept(s, (void *)&got, &len);
	CHECK(d >= 0);
	CHECK_EQ(send(c, "record", 6, 0), 6);
	CHECK_EQ(send(c, "next", 4, MSG_EOR), 4);
	CHECK_EQ(recv(d, buf, 3, 0), 3);
	CHECK_EQ(recv(d, buf, 16, MSG_WAITALL), 4);
	/* An address is ignored. */
	CHECK_EQ(sendto(c, "to", 2, 0, (void *)&a, alen), 2);
	CHECK_EQ(recvfrom(d, buf, 16, 0, (void *)&got, &len), 2);
	CHECK_EQ(send(c, "last", 4, 0), 4);
	close(c);
	CHECK_EQ(recv(d, buf, 16, 0), 4);
	CHECK_EQ(recv(d, buf, 16, 0), 0);
	CHECK_ERR(send(d, "x", 1, 0), EPIPE);
	close(d);
	c = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	CHECK_EQ(connect(c, (void *)&a, alen), 0);
	d = accept(s, NULL, NULL);
	CHECK_EQ(send(c, "unread", 6, 0), 6);
	CHECK_EQ(send(d, "there", 5, 0), 5);
	close(d);
	CHECK_ERR(recv(c, buf, 16, 0), ECONNRESET); /* before what is in the queue */
	CHECK_EQ(recv(c, buf, 16, 0), 5);
	CHECK_EQ(recv(c, buf, 16, 0), 0);
	return TEST_RESULT;
}
