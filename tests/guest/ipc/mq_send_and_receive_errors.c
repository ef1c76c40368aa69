/* mq_timedsend, mq_timedreceive: descriptors, priorities, sizes, addresses, times. */
#include "mqueue.h"

int main(void)
{
	struct timespec bad = { 0, 1000000000 }, past = { 0, 0 };
	mqd_t q = new_queue(2, 16, O_NONBLOCK), ro, wo;
	struct mq_attr attr = { 0 }, old;
	char buf[32];
	int pipes[2];

	REQUIRE(pipe(pipes) == 0);
	ro = mq_open(queue_name, O_RDONLY);
	wo = mq_open(queue_name, O_WRONLY);
	CHECK_ERR(mq_send(-1, buf, 1, 0), EBADF);
	CHECK_ERR(mq_send(pipes[1], buf, 1, 0), EBADF);
	CHECK_ERR(mq_send(ro, buf, 1, 0), EBADF);
	CHECK_ERR(mq_receive(wo, buf, 16, NULL), EBADF);
	CHECK_ERR(mq_send(q, buf, 1, 32768), EINVAL);
	CHECK_ERR(mq_send(-1, buf, 1, 32768), EINVAL);
	CHECK_ERR(mq_send(q, buf, 17, 0), EMSGSIZE);
	CHECK_ERR(mq_send(q, BAD_LOW, 16, 0), EFAULT);
	CHECK_ERR(mq_timedsend(q, buf, 1, 0, &bad), EINVAL);
	CHECK_ERR(mq_timedsend(q, buf, 1, 0, BAD_LOW), EFAULT);
	CHECK_ERR(mq_receive(q, buf, 15, NULL), EMSGSIZE);
	CHECK_ERR(mq_receive(q, buf, 16, NULL), EAGAIN);
	CHECK_ERR(mq_timedreceive(ro, buf, 16, NULL, &past), ETIMEDOUT);
	CHECK_EQ(mq_timedsend(wo, "", 0, 32767, &past), 0); /* there is room: no wait */
	CHECK_EQ(mq_send(wo, "abc", 3, 0), 0);
	CHECK_ERR(mq_send(q, buf, 1, 0), EAGAIN);
	CHECK_ERR(mq_timedsend(wo, buf, 1, 0, &past), ETIMEDOUT);
	CHECK_ERR(mq_getattr(pipes[0], &attr), EBADF);
	attr.mq_flags = O_APPEND;
	CHECK_ERR(mq_setattr(q, &attr, NULL), EINVAL);
	attr.mq_flags = 0;
	attr.mq_maxmsg = 999; /* is not looked at */
	CHECK_EQ(mq_setattr(q, &attr, &old), 0);
	CHECK(old.mq_flags == O_NONBLOCK && old.mq_maxmsg == 2 && old.mq_curmsgs == 2);
	CHECK_EQ(fcntl(q, F_GETFL) & O_NONBLOCK, 0);
	CHECK_EQ(mq_receive(q, buf, 16, NULL), 0);
	CHECK_EQ(mq_receive(q, buf, 32, NULL), 3);
	CHECK_ERR(write(q, "x", 1), EINVAL);
	return TEST_RESULT;
}
