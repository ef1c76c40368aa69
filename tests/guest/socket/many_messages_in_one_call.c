/* sendmmsg and recvmmsg: counts, lengths, errors half-way, time limits. */
#include "socket.h"

int main(void)
{
	struct mmsghdr out[3], in[4];
	struct iovec iov[4];
	struct timespec ts = { 0, 50000000 }, bad = { 0, 1000000000 };
	char buf[4][8];
	int p[2];

	pair(SOCK_DGRAM, p);
	memset(out, 0, sizeof(out));
	memset(in, 0, sizeof(in));
	for (int i = 0; i < 4; i++) {
		iov[i] = (struct iovec){ buf[i], 8 };
		in[i].msg_hdr.msg_iov = &iov[i];
		in[i].msg_hdr.msg_iovlen = 1;
	}
	struct iovec text[3] = { { "a", 1 }, { "bb", 2 }, { "ccc", 3 } };
	for (int i = 0; i < 3; i++) {
		out[i].msg_hdr.msg_iov = &text[i];
		out[i].msg_hdr.msg_iovlen = 1;
	}
	CHECK_ERR(sendmmsg(p[0], BAD_LOW, 1, 0), EFAULT);
	CHECK_EQ(sendmmsg(p[0], BAD_LOW, 0, 0), 0);
	CHECK_ERR(recvmmsg(p[1], in, 1, 0, BAD_LOW), EFAULT);
	CHECK_ERR(recvmmsg(p[1], in, 1, 0, &bad), EINVAL);
	CHECK_ERR(recvmmsg(p[1], in, 1, MSG_DONTWAIT, NULL), EAGAIN);
	CHECK_EQ(sendmmsg(p[0], out, 3, 0), 3);
	CHECK(out[0].msg_len == 1 && out[1].msg_len == 2 && out[2].msg_len == 3);
	CHECK_EQ(recvmmsg(p[1], in, 4, MSG_DONTWAIT, NULL), 3);
	CHECK(in[0].msg_len == 1 && in[1].msg_len == 2 && in[2].msg_len == 3);
	CHECK(memcmp(buf[2], "ccc", 3) == 0);
	CHECK_EQ(sendmmsg(p[0], out, 2, 0), 2);
	CHECK_EQ(recvmmsg(p[1], in, 4, MSG_WAITFORONE, NULL), 2);
	CHECK_EQ(sendmmsg(p[0], out, 3, 0), 3);
	CHECK_EQ(recvmmsg(p[1], in, 2, 0, &ts), 2);
	CHECK(ts.tv_sec == 0 && ts.tv_nsec <= 50000000);
	CHECK_EQ(recvmmsg(p[1], in, 4, MSG_WAITFORONE, NULL), 1);

	/* An error behind the first is not told now; of sending, the count is. */
	out[1].msg_hdr.msg_iov = BAD_LOW;
	CHECK_EQ(sendmmsg(p[0], out, 3, 0), 1);
	CHECK_EQ(read(p[1], buf[0], 8), 1);
	out[1].msg_hdr.msg_iov = &text[1];
	CHECK_EQ(sendmmsg(p[0], out, 2, 0), 2);
	in[1].msg_hdr.msg_iov = BAD_LOW;
	CHECK_EQ(recvmmsg(p[1], in, 2, 0, NULL), 1);
	CHECK_ERR(recvmmsg(p[1], in, 2, 0, NULL), EFAULT);
	CHECK_EQ(read(p[1], buf[0], 8), 2);
	return TEST_RESULT;
}
