/* mq_notify with SIGEV_THREAD: the C library's thread is told through a netlink socket. */
#include "mqueue.h"
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static mqd_t q;
static int told[2];

static void on_message(union sigval value)
{
	char byte = (char)value.sival_int;

	if (write(told[1], &byte, 1) != 1)
		abort();
}

static bool silent(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 30) == 0;
}

static long notify(int fd, struct sigevent *e)
{
	return syscall(SYS_mq_notify, fd, e);
}

/* What glibc does, by hand. */
static void by_hand(void)
{
	char cookie[32] = "a cookie of thirty-two bytes...", got[64];
	struct sigevent e = { .sigev_notify = SIGEV_THREAD, .sigev_value.sival_ptr = cookie };
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0), other, in[2];

	REQUIRE(s >= 0 && pipe(in) == 0);
	e.sigev_signo = -1;
	CHECK_ERR(notify(q, &e), EBADF);
	e.sigev_signo = in[0];
	CHECK_ERR(notify(q, &e), ENOTSOCK);
	other = socket(AF_UNIX, SOCK_DGRAM, 0);
	e.sigev_signo = other;
	CHECK_ERR(notify(q, &e), EINVAL);
	e.sigev_signo = s;
	e.sigev_value.sival_ptr = BAD_LOW;
	CHECK_ERR(notify(q, &e), EFAULT);
	e.sigev_value.sival_ptr = cookie;
	CHECK_ERR(notify(-1, &e), EBADF);
	CHECK_ERR(notify(in[0], &e), EBADF);
	CHECK(silent(s));
	CHECK_EQ(notify(q, &e), 0);
	CHECK_ERR(notify(q, &e), EBUSY);
	memset(cookie, 0, sizeof(cookie)); /* it was copied */
	CHECK_EQ(mq_send(q, "x", 1, 0), 0);
	CHECK_EQ(recv(s, got, sizeof(got), MSG_NOSIGNAL | MSG_WAITALL), 32);
	CHECK(memcmp(got, "a cookie of thirty-two bytes...", 31) == 0);
	CHECK_EQ(got[31], 1);
	CHECK_EQ(mq_send(q, "x", 1, 0), 0);
	CHECK(silent(s));
	/* Taken back, and closed. */
	CHECK_EQ(notify(q, &e), 0);
	CHECK_EQ(notify(q, NULL), 0);
	CHECK_EQ(recv(s, got, sizeof(got), 0), 32);
	CHECK_EQ(got[31], 2);
	CHECK_EQ(notify(q, &e), 0);
	close(s);
	CHECK_EQ(notify(q, NULL), 0);
	close(other);
}

int main(void)
{
	struct sigevent e = { .sigev_notify = SIGEV_THREAD, .sigev_value.sival_int = 42,
			      .sigev_notify_function = on_message };
	char buf[100], byte;

	REQUIRE(pipe(told) == 0);
	mq_unlink("/thread");
	q = mq_open("/thread", O_RDWR | O_CREAT, 0600, &(struct mq_attr){ .mq_maxmsg = 5,
		    .mq_msgsize = 100 });
	REQUIRE(q != (mqd_t)-1);
	by_hand();
	while (mq_timedreceive(q, buf, sizeof(buf), NULL, &(struct timespec){ 0 }) > 0)
		continue;
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(mq_notify(q, &e), 0);
		CHECK(silent(told[0]));
		CHECK_EQ(mq_send(q, "x", 1, 0), 0);
		CHECK_EQ(read(told[0], &byte, 1), 1);
		CHECK_EQ(byte, 42);
		CHECK_EQ(mq_receive(q, buf, sizeof(buf), NULL), 1);
	}
	mq_unlink("/thread");
	return TEST_RESULT;
}
