/* IOCB_CMD_POLL: what is ready at once, what becomes ready, what is cancelled or ends. */
#include "../test.h"
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#ifndef IOCB_CMD_POLL
#define IOCB_CMD_POLL 5
#endif

static aio_context_t ctx;
static struct io_event event;

static long submit(struct iocb *cb)
{
	struct iocb *list[1] = { cb };

	return sys3(SYS_io_submit, ctx, 1, list);
}

/* The events that there are, without waiting or until there is one. */
static long reap(long min)
{
	struct timespec zero = { 0, 0 };

	memset(&event, 0, sizeof(event));
	return sys5(SYS_io_getevents, ctx, min, 1, &event, min ? NULL : &zero);
}

static struct iocb poll_of(int fd, int events)
{
	return (struct iocb){ .aio_data = 5, .aio_lio_opcode = IOCB_CMD_POLL,
			      .aio_fildes = (unsigned)fd, .aio_buf = (unsigned)events };
}

static void at_once(const int fds[2])
{
	struct iocb cb = poll_of(fds[1], POLLOUT);

	CHECK_EQ(submit(&cb), 1);
	CHECK_EQ(reap(1), 1);
	CHECK(event.res == POLLOUT && event.data == 5 && event.obj == (uintptr_t)&cb);
	CHECK_EQ(reap(0), 0);
}

static void later(const int fds[2])
{
	struct iocb cb = poll_of(fds[0], POLLIN), again = poll_of(fds[0], POLLIN);
	char c;

	CHECK_EQ(submit(&cb), 1);
	CHECK_EQ(reap(0), 0);
	CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_EQ(reap(1), 1);
	CHECK(event.res & POLLIN);
	CHECK_EQ(reap(0), 0); /* once */
	CHECK_EQ(submit(&again), 1);
	CHECK_EQ(reap(1), 1);
	CHECK(event.obj == (uintptr_t)&again);
	CHECK_EQ(read(fds[0], &c, 1), 1);
}

static void hang_up(void)
{
	int fds[2];
	struct iocb cb;

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	cb = poll_of(fds[0], 0);
	CHECK_EQ(submit(&cb), 1);
	close(fds[1]);
	CHECK_EQ(reap(1), 1);
	CHECK(event.res & POLLHUP);
	close(fds[0]);
}

static void *write_soon(void *arg)
{
	uint64_t one = 1;

	nanosleep(&(struct timespec){ 0, 20000000 }, NULL);
	if (write(*(int *)arg, &one, 8) != 8)
		_exit(9);
	return NULL;
}

static void from_a_thread(void)
{
	int fd = eventfd(0, 0);
	struct iocb cb = poll_of(fd, POLLIN);
	pthread_t t;

	CHECK_EQ(submit(&cb), 1);
	REQUIRE(pthread_create(&t, NULL, write_soon, &fd) == 0);
	CHECK_EQ(reap(1), 1);
	CHECK(event.res & POLLIN);
	pthread_join(t, NULL);
	close(fd);
}

static void cancelled(const int fds[2])
{
	struct iocb cb = poll_of(fds[0], POLLIN), other = cb;

	CHECK_EQ(submit(&cb), 1);
	CHECK_EQ(sys3(SYS_io_cancel, ctx, &other, &event), -EINVAL);
	CHECK_EQ(sys3(SYS_io_cancel, ctx + 4096, &cb, &event), -EINVAL);
	CHECK_EQ(sys3(SYS_io_cancel, ctx, BAD_LOW, &event), -EFAULT);
	CHECK_EQ(sys3(SYS_io_cancel, ctx, &cb, &event), -EINPROGRESS);
	CHECK_EQ(reap(1), 1);
	CHECK(event.res == 0 && event.obj == (uintptr_t)&cb);
	CHECK_EQ(sys3(SYS_io_cancel, ctx, &cb, &event), -EINVAL);
}

static void wrong(const int fds[2])
{
	int file = open("/tmp/f", O_CREAT | O_RDWR, 0600);
	struct iocb cb = poll_of(file, POLLIN);

	CHECK_EQ(submit(&cb), 1); /* always ready */
	CHECK_EQ(reap(1), 1);
	CHECK_EQ(event.res, POLLIN);
	cb = poll_of(file, POLLPRI);
	CHECK_EQ(submit(&cb), -EINVAL); /* and nothing else ever */
	cb = poll_of(-1, POLLIN);
	CHECK_EQ(submit(&cb), -EBADF);
	cb = poll_of(fds[0], POLLIN);
	cb.aio_nbytes = 1;
	CHECK_EQ(submit(&cb), -EINVAL);
	cb = poll_of(fds[0], POLLIN);
	cb.aio_offset = 1;
	CHECK_EQ(submit(&cb), -EINVAL);
	cb = poll_of(fds[0], 0x10001);
	CHECK_EQ(submit(&cb), -EINVAL);
	close(file);
}

int main(void)
{
	int fds[2];
	struct iocb cb;

	REQUIRE(pipe(fds) == 0);
	REQUIRE(sys2(SYS_io_setup, 8, &ctx) == 0);
	at_once(fds);
	later(fds);
	hang_up();
	from_a_thread();
	cancelled(fds);
	wrong(fds);
	cb = poll_of(fds[0], POLLIN);
	CHECK_EQ(submit(&cb), 1);
	CHECK_EQ(sys1(SYS_io_destroy, ctx), 0); /* with one that waits */
	CHECK_EQ(write(fds[1], "x", 1), 1);
	ctx = 0;
	REQUIRE(sys2(SYS_io_setup, 8, &ctx) == 0);
	CHECK_EQ(submit(&cb), 1);
	return TEST_RESULT; /* and one at the end of the process */
}
